import { Controller, Logger } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { FakePeer, startBroker } from '@pochta/testing';
import { firstValueFrom } from 'rxjs';
import { documentedPrograms, program } from '../../fixtures/documents/examples';
import { startLogged } from '../../fixtures/documents/logged-app';
import { collector, type Logged } from '../../fixtures/logged';
import { closeLater, stopServices } from '../../fixtures/service';
import { PochtaClientProxy } from '../client/pochta-client-proxy';
import { PochtaRecordBuilder } from '../client/pochta-record';

let client: PochtaClientProxy;
const logged: Logged[] = [];
/** What the controller logged. */
const lines = (): string[] =>
  logged.filter(({ context }) => context === 'Orders').map(({ message }) => String(message));

@Controller()
class OrdersController {
  readonly #logger = new Logger('Orders');

  @EventPattern('orders')
  async onOrder(@Payload() kind: string): Promise<void> {
    this.#logger.log(`asking for ${kind}`);
    const price = await firstValueFrom(client.send<number>('price', kind));
    this.#logger.log(`it costs ${price}`);
    await firstValueFrom(client.emit('invoices', price));
  }

  @MessagePattern('price')
  price(kind: string): number {
    this.#logger.log(`looking up ${kind}`);
    return 7;
  }
}

afterEach(async () => {
  await stopServices();
  Logger.overrideLogger(false);
  logged.length = 0;
});

describe("correlation ids into Nest's logger", () => {
  it('follow an event through its handler, its requests and what it publishes', async () => {
    const broker = await startBroker();
    const app = await startLogged([OrdersController], broker.port, collector(logged));
    closeLater(() => app.close());
    client = new PochtaClientProxy({ port: broker.port });
    closeLater(() => client.close());
    const peer = await FakePeer.connect(broker);
    await peer.ask({ action: 'subscribe', topic: 'invoices', meta: true });

    const order = new PochtaRecordBuilder('nut').setHeaders({ 'correlation-id': 'c1' }).build();
    await firstValueFrom(client.emit('orders', order));

    expect(await peer.next()).toMatchObject({ message: 7, headers: { 'correlation-id': 'c1' } });
    expect(lines()).toEqual([
      'asking for nut [topic=orders sequence=1 correlationId=c1]',
      'looking up nut [topic=price correlationId=c1]',
      'it costs 7 [topic=orders sequence=1 correlationId=c1]',
    ]);
  });

  it("are the request's own where its sender gave none", async () => {
    const broker = await startBroker();
    const app = await startLogged([OrdersController], broker.port, collector(logged));
    closeLater(() => app.close());
    const peer = await FakePeer.connect(broker);
    expect(await peer.ask({ action: 'request', topic: 'price', message: 'nut' })).toMatchObject({
      message: 7,
    });
    expect(lines()).toEqual([
      expect.stringMatching(/^looking up nut \[topic=price correlationId=[^\s\]]+\]$/),
    ]);
  });
});

it('the app that these tests start is that of docs/nestjs-telemetry.md', () => {
  expect(documentedPrograms('nestjs-telemetry.md').get('logged-app.ts')).toBe(program('logged-app.ts'));
});
