import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { eventually } from '@pochta/testing';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { PochtaContext, Subscribe } from '../src';

afterEach(stopServices);

// #region
@Controller()
export class Audit {
  readonly seen: string[] = [];

  // One token: orders.created, but not orders.eu.created.
  @Subscribe('orders.*', { group: 'audit' })
  order(@Ctx() { topic }: PochtaContext): void {
    this.seen.push(`order ${topic}`);
  }

  // One token or more: sensors.1, sensors.1.heat.
  @Subscribe('sensors.>', { group: 'audit' })
  measured(@Ctx() { topic }: PochtaContext): void {
    this.seen.push(`measured ${topic}`);
  }
}
// #endregion

test('Wildcards', async () => {
  const broker = await startTestBroker();
  const { app } = await startApp(broker, { controllers: [Audit] });
  for (const topic of ['orders.created', 'orders.eu.created', 'sensors.1', 'sensors.1.heat', 'sensors'])
    await broker.publish(topic, 1);
  const { seen } = app.get(Audit);
  await eventually(() => seen.length === 3);
  expect(seen.sort()).toEqual(['measured sensors.1', 'measured sensors.1.heat', 'order orders.created']);
});
