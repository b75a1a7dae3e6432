import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { eventually } from '@pochta/testing';
import { createApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { getConnectionToken, PochtaServer, Subscribe } from '../src';

afterEach(stopServices);

interface Order {
  readonly id: number;
}

// #region
@Controller()
export class Billing {
  @EventPattern('orders.created')
  bill(@Payload() order: Order): void {
    throw new Error(`no customer for ${order.id}`);
  }

  @Subscribe('orders.paid')
  ship(@Payload() order: Order): void {
    throw new Error(`no address for ${order.id}`);
  }
}
// #endregion

test('Exceptions in event handlers do not vanish', async () => {
  const broker = await startTestBroker();
  const { app, texts, start } = await createApp(broker, { controllers: [Billing] });
  // #region
  const strategy = new PochtaServer({ connection: app.get(getConnectionToken()), group: 'billing' });
  app.connectMicroservice({ strategy });
  // #endregion
  await start();
  const failed = () => strategy.counts.map(({ failed }) => failed);
  await broker.publish('orders.created', { id: 1 });
  await eventually(() => failed()[0] === 1);
  await broker.publish('orders.paid', { id: 1 });
  await eventually(() => failed()[1] === 1);
  expect(texts('error')).toEqual([
    expect.stringContaining('no customer for 1'),
    "@EventPattern('orders.created') on Billing.bill failed on orders.created 1, delivery 1 to billing: the exception that Nest has " +
      "logged; it comes again after the group's backoff, unless this was its last delivery",
    expect.stringContaining('no address for 1'),
    "@Subscribe('orders.paid') on Billing.ship failed on orders.paid 1, delivery 1 to billing: no address for 1; it " +
      "comes again after the group's backoff, unless this was its last delivery",
  ]);
  await broker.advance(60_000);
  expect(strategy.counts).toMatchObject([
    { pattern: 'orders.created', group: 'billing', handled: 0, failed: 5, retried: 5, terminated: 0 },
    { pattern: 'orders.paid', group: 'billing', handled: 0, failed: 5, retried: 5, terminated: 0 },
  ]);
  expect(await broker.deadLetter('orders.created')).toMatchObject({ reason: 'max-deliveries' });
});
