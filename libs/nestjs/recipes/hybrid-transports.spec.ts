import { Controller } from '@nestjs/common';
import {
  ClientTCP,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Transport,
} from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { createApp, startTestBroker } from '../fixtures/recipe-app';
import { closeLater, stopServices } from '../fixtures/service';
import { connectPochta, POCHTA, Subscribe } from '../src';

const { TCP_PORT } = process.env;
beforeEach(() => (process.env.TCP_PORT = '0'));
afterEach(async () => {
  await stopServices();
  if (TCP_PORT === undefined) delete process.env.TCP_PORT;
  else process.env.TCP_PORT = TCP_PORT;
});

// #region
@Controller()
export class Orders {
  @Subscribe('orders.created', { group: 'orders' }) // Pochta only
  created(): void {}

  @EventPattern<string>('orders.paid', POCHTA) // Pochta only, by Nest's own decorator
  paid(): void {}

  @MessagePattern('orders.count', Transport.TCP) // TCP only
  count(): number {
    return 3;
  }

  @MessagePattern('orders.version') // both
  version(): string {
    return 'v1';
  }
}
// #endregion

test('Hybrid apps that do not bind every handler to every transport', async () => {
  const broker = await startTestBroker();
  const { app, pochta, start } = await createApp(broker, { controllers: [Orders] });
  // #region
  connectPochta(app, { group: 'orders' });
  const tcp = app.connectMicroservice<MicroserviceOptions>({
    transport: Transport.TCP,
    options: { port: Number(process.env.TCP_PORT ?? 3001) },
  });
  // #endregion
  await start();
  const { port } = tcp.unwrap<{ address(): { port: number } }>().address();
  const overTcp = new ClientTCP({ port });
  closeLater(async () => overTcp.close());
  expect(await lastValueFrom(overTcp.send('orders.count', {}))).toBe(3);
  expect(await lastValueFrom(overTcp.send('orders.version', {}))).toBe('v1');
  expect(await lastValueFrom(pochta.send('orders.version', {}))).toBe('v1');
  await expect(lastValueFrom(pochta.send('orders.count', {}))).rejects.toMatchObject({
    code: 'NO_RESPONDERS',
  });
  await expect(lastValueFrom(overTcp.send('orders.created', {}))).rejects.toBe(
    'There is no matching message handler defined in the remote service.',
  );
  for (const topic of ['orders.created', 'orders.paid']) {
    await broker.publish(topic, 1);
    await broker.delivered(topic, { group: 'orders' });
  }
});
