import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { connectPochta, PochtaModule, Subscribe } from '../src';
import { TestBroker, withTestBroker } from '../testing';

@Controller()
class Billing {
  readonly billed: number[] = [];
  @Subscribe('orders.created', { group: 'billing' })
  bill(@Payload() id: number): void {
    this.billed.push(id);
  }
}

@Module({ imports: [PochtaModule.forRoot({ host: 'broker.example.org' })], controllers: [Billing] })
class AppModule {}

// #region
test('Tests without a broker, and a clean close', async () => {
  const broker = await TestBroker.start();
  const builder = Test.createTestingModule({ imports: [AppModule] });
  const module = await withTestBroker(builder, broker).compile();
  const app = module.createNestApplication({ logger: false });
  connectPochta(app);
  await app.startAllMicroservices();

  await broker.publish('orders.created', 7);
  await broker.delivered('orders.created', { group: 'billing' });
  expect(app.get(Billing).billed).toEqual([7]);

  await app.close();
  expect(await broker.stop()).toEqual([]); // no connection was left open
});
// #endregion
