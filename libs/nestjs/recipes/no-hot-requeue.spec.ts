import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { eventually } from '@pochta/testing';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { MessageHeaders, Subscribe } from '../src';

afterEach(stopServices);

interface Order {
  readonly id: number;
}

// #region
@Controller()
export class Billing {
  readonly attempts: number[] = [];
  readonly givenUp: string[] = [];

  @Subscribe('orders.created', {
    group: 'billing',
    maxDeliveries: 4,
    backoff: { min: 1000, max: 60_000 }, // after 1 s, 2 s and 4 s, plus or minus a fifth
  })
  bill(@Payload() order: Order): void {
    this.attempts.push(order.id);
    throw new Error('no such customer');
  }

  @Subscribe('orders.created.dead', { group: 'billing' })
  giveUp(@Payload() order: Order, @MessageHeaders('dead-letter-reason') reason: string): void {
    this.givenUp.push(`${order.id} ${reason}`);
  }
}
// #endregion

test('A throw does not mean an endless, hot requeue', async () => {
  const broker = await startTestBroker();
  const { app } = await startApp(broker, { controllers: [Billing] });
  const billing = app.get(Billing);
  await broker.publish('orders.created', { id: 1 });
  await eventually(() => billing.attempts.length === 1);
  await broker.advance(750);
  expect(billing.attempts).toHaveLength(1);
  await broker.advance(500);
  expect(billing.attempts).toHaveLength(2);
  await broker.advance(60_000);
  expect(billing.attempts).toHaveLength(4);
  await broker.delivered('orders.created.dead', { group: 'billing' });
  expect(billing.givenUp).toEqual(['1 max-deliveries']);
});
