import { Test } from '@nestjs/testing';
import { closeLater, stopServices } from '../fixtures/service';
import { startTestBroker } from '../fixtures/recipe-app';
import { withTestBroker } from '../testing';
// #region
import { Controller, Injectable, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { connectPochta, InjectPochta, PochtaClientProxy, PochtaModule, Subscribe } from '../src';

@Injectable()
export class Shop {
  constructor(@InjectPochta() private readonly pochta: PochtaClientProxy) {}

  /** Resolves once the order is on the broker's disk. */
  order(id: number): Promise<void> {
    return this.pochta.publish('orders.created', { id });
  }

  price(item: string): Promise<number> {
    return this.pochta.request<number>('prices.of', item);
  }
}
// #endregion

// #region
@Controller()
export class Billing {
  readonly billed: number[] = [];

  @Subscribe('orders.created', { group: 'billing' })
  bill(@Payload() order: { id: number }): void {
    this.billed.push(order.id);
  }

  @MessagePattern('prices.of')
  price(@Payload() item: string): number {
    return item.length * 10;
  }
}
// #endregion

// #region
@Module({
  imports: [PochtaModule.forRoot({ host: 'localhost', port: 8888 })],
  controllers: [Billing],
  providers: [Shop],
})
export class AppModule {}
// #endregion

/** What the guide's `NestFactory` makes, but that it leads to the test's broker. */
async function factory() {
  const broker = await startTestBroker();
  const create = async (module: new () => object) => {
    const builder = Test.createTestingModule({ imports: [module] });
    const app = (await withTestBroker(builder, broker).compile()).createNestApplication({ logger: false });
    closeLater(() => app.close());
    return app;
  };
  return { broker, NestFactory: { create } };
}

describe('The first service of the guide', () => {
  const { PORT } = process.env;
  beforeEach(() => (process.env.PORT = '0'));
  afterEach(async () => {
    await stopServices();
    if (PORT === undefined) delete process.env.PORT;
    else process.env.PORT = PORT;
  });

  test('publishes, handles, asks and answers', async () => {
    const { broker, NestFactory } = await factory();
    // #region
    const app = await NestFactory.create(AppModule);
    connectPochta(app);
    app.enableShutdownHooks();
    await app.startAllMicroservices();
    await app.listen(process.env.PORT ?? 3000);
    // #endregion
    await app.get(Shop).order(7);
    await broker.delivered('orders.created', { group: 'billing' });
    expect(app.get(Billing).billed).toEqual([7]);
    expect(await app.get(Shop).price('tea')).toBe(30);
  });
});
