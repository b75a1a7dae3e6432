import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { Subscribe } from '../src';

afterEach(stopServices);

const seen: string[] = [];

// #region
@Controller()
export class Billing {
  @Subscribe('orders.created', { group: 'billing' })
  bill(@Payload() id: number): void {
    seen.push(`billed ${id}`);
  }
}

@Controller()
export class Shipping {
  @Subscribe('orders.created', { group: 'shipping' })
  ship(@Payload() id: number): void {
    seen.push(`shipped ${id}`);
  }
}
// #endregion

test('Fan-out that survives an offline service', async () => {
  const broker = await startTestBroker();
  await startApp(broker, { controllers: [Billing] });
  const shipping = await startApp(broker, { controllers: [Shipping] });
  await broker.publish('orders.created', 1);
  await broker.delivered('orders.created');
  await shipping.app.close();
  await broker.publish('orders.created', 2);
  await broker.delivered('orders.created', { group: 'billing' });
  await startApp(broker, { controllers: [Shipping] });
  await broker.delivered('orders.created', { group: 'shipping' });
  expect(seen.sort()).toEqual(['billed 1', 'billed 2', 'shipped 1', 'shipped 2']);
});
