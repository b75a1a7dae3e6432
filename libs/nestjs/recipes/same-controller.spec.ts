import { Controller, type INestApplication } from '@nestjs/common';
import {
  type ClientProxy,
  ClientTCP,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { eventually } from '@pochta/testing';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { createApp, type RecipeApp, startTestBroker } from '../fixtures/recipe-app';
import { closeLater, stopServices } from '../fixtures/service';
import { connectPochta } from '../src';

afterEach(stopServices);

// #region
@Controller()
export class Orders {
  readonly created: number[] = [];

  @EventPattern('orders.created')
  onCreated(@Payload('id') id: number): void {
    this.created.push(id);
  }

  @MessagePattern({ cmd: 'order' })
  async order(@Payload() id: number): Promise<{ id: number }> {
    if (!this.created.includes(id)) throw new RpcException('no such order');
    return { id };
  }
}
// #endregion

type PlainClient = Pick<ClientProxy, 'emit' | 'send'>;

async function overPochta({ app, pochta, start }: RecipeApp): Promise<PlainClient> {
  // #region
  connectPochta(app, { group: 'orders' });
  // #endregion
  await start();
  return pochta;
}

async function overTcp({
  app,
  start,
}: {
  app: INestApplication;
  start(): Promise<void>;
}): Promise<PlainClient> {
  const options = { host: '127.0.0.1', port: 0 };
  const tcp = app.connectMicroservice<MicroserviceOptions>({ transport: Transport.TCP, options });
  await start();
  const { port } = tcp.unwrap<{ address(): { port: number } }>().address();
  const client = new ClientTCP({ ...options, port });
  closeLater(async () => client.close());
  return client;
}

describe("The same controller works unchanged under Nest's TCP transport", () => {
  test.each([
    ['TCP', overTcp],
    ['Pochta', overPochta],
  ])('as under %s', async (_, over) => {
    const made = await createApp(await startTestBroker(), { controllers: [Orders] });
    const client = await over(made);
    await lastValueFrom(client.emit('orders.created', { id: 1 }), { defaultValue: undefined });
    await eventually(() => made.app.get(Orders).created.length === 1);
    expect(await firstValueFrom(client.send({ cmd: 'order' }, 1))).toEqual({ id: 1 });
    await expect(firstValueFrom(client.send({ cmd: 'order' }, 2))).rejects.toEqual({
      status: 'error',
      message: 'no such order',
    });
  });
});
