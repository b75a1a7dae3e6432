import { Controller, Injectable } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { Subscribe } from '../src';

afterEach(stopServices);

interface Order {
  readonly id: number;
}

@Injectable()
class Bank {
  open = false;
  readonly charged: number[] = [];
  async charge({ id }: Order): Promise<void> {
    if (!this.open) throw new Error('the bank is closed');
    this.charged.push(id);
  }
}

// #region
@Controller()
export class Billing {
  constructor(private readonly bank: Bank) {}

  // Acked when the promise resolves; delivered again, later, when it rejects.
  @Subscribe('orders.created', { group: 'billing' })
  async bill(@Payload() order: Order): Promise<void> {
    await this.bank.charge(order);
  }
}
// #endregion

test('Ack on success, redeliver on throw', async () => {
  const broker = await startTestBroker();
  const { app } = await startApp(broker, { controllers: [Billing], providers: [Bank] });
  const bank = app.get(Bank);
  await broker.publish('orders.created', { id: 1 });
  await expect(broker.delivered('orders.created', { timeout: 50 })).rejects.toThrow('not acked');
  bank.open = true;
  await broker.advance(5000);
  await broker.delivered('orders.created', { group: 'billing' });
  expect(bank.charged).toEqual([1]);
});
