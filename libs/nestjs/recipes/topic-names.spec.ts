import { Controller, Injectable, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { TestBroker } from '../testing';
import { appOf, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { connectPochta, defineTopic, PochtaModule, Subscribe } from '../src';

afterEach(stopServices);

let broker: TestBroker;

@Injectable()
class Settings {
  readonly broker = broker.connection;
  readonly region = 'eu';
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

// #region
const orders = defineTopic<number>('${region}.orders');

@Controller()
export class Orders {
  readonly seen: number[] = [];

  @Subscribe(orders, { group: 'orders' })
  created(@Payload() order: number): void {
    this.seen.push(order);
  }

  @MessagePattern('${region}.orders.count')
  count(): number {
    return this.seen.length;
  }
}

@Module({
  imports: [
    PochtaModule.forRootAsync({
      imports: [SettingsModule],
      inject: [Settings],
      useFactory: ({ broker, region }: Settings) => ({ ...broker, names: { region } }),
    }),
  ],
  controllers: [Orders],
})
export class AppModule {}
// #endregion

test('Topic names from configuration', async () => {
  broker = await startTestBroker();
  const { app, pochta, start } = await appOf(AppModule);
  connectPochta(app);
  await start();
  await pochta.publish(orders, 7);
  await broker.delivered('eu.orders', { group: 'orders' });
  expect(await broker.messages('eu.orders')).toMatchObject([{ value: 7 }]);
  expect(await broker.request('eu.orders.count', null)).toBe(1);
});
