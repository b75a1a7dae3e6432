import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { createApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { connectPochta, Subscribe } from '../src';

afterEach(stopServices);

const seen: unknown[] = [];

// #region
@Controller()
export class Orders {
  @Subscribe('orders.created')
  created(@Payload() order: unknown): void {
    seen.push(order);
  }
}
// #endregion

test('A message that no handler matches is not dropped', async () => {
  const broker = await startTestBroker();
  const { app, texts, start } = await createApp(broker, { controllers: [Orders] });
  // #region
  connectPochta(app, { group: 'orders', topics: ['orders.>'] });
  // #endregion
  await start();
  await broker.publish('orders.created', 1);
  await broker.publish('orders.craeted', 2);
  await broker.delivered('orders.created', { group: 'orders' });
  expect(await broker.deadLetter('orders.craeted')).toMatchObject({ value: 2, detail: 'no handler' });
  expect(seen).toEqual([1]);
  expect(texts('error')).toEqual([expect.stringContaining('No handler matches orders.craeted 1')]);
});
