import { Controller, Get, Injectable, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, type MicroserviceOptions, Payload } from '@nestjs/microservices';
import { eventually } from '@pochta/testing';
import { startTestBroker } from '../fixtures/recipe-app';
import { closeLater, stopServices } from '../fixtures/service';
import {
  connectPochta,
  getPochtaToken,
  InjectPochta,
  PochtaClientProxy,
  PochtaHealthIndicator,
  PochtaModule,
  PochtaServer,
} from '../src';

beforeAll(() => Logger.overrideLogger(false));
afterEach(stopServices);

// #region
@Injectable()
export class Bridge {
  constructor(
    @InjectPochta() private readonly main: PochtaClientProxy,
    @InjectPochta('audit') private readonly audit: PochtaClientProxy,
  ) {}

  async copy(order: object): Promise<void> {
    await this.main.publish('orders', order);
    await this.audit.publish('orders', order);
  }
}
// #endregion

@Controller()
class Orders {
  readonly seen: unknown[] = [];
  @EventPattern('orders') onOrder(@Payload() order: unknown): void {
    this.seen.push(order);
  }
}

const quiet = { logger: false, abortOnError: false } as const;

test('Several connections', async () => {
  const [one, two] = await Promise.all([startTestBroker(), startTestBroker()]);
  const [main, audit] = [one.connection, two.connection];
  // #region
  const imports = [PochtaModule.forRoot(main), PochtaModule.forRoot({ name: 'audit', ...audit })];
  // #endregion
  @Module({ imports, providers: [Bridge], controllers: [Orders] })
  class AppModule {}
  const app = await NestFactory.create(AppModule, quiet);
  closeLater(() => app.close());
  // #region
  connectPochta(app, { connectionName: 'audit', group: 'auditors' });
  // #endregion
  await app.startAllMicroservices();
  await app.init();
  await app.get(Bridge).copy({ id: 1 });
  await two.delivered('orders', { group: 'auditors' });
  expect(app.get(Orders).seen).toEqual([{ id: 1 }]);
  expect(await one.messages('orders')).toHaveLength(1);
});

test('An app without HTTP', async () => {
  const broker = await startTestBroker({ port: 0 });
  const { port } = broker;
  @Module({ controllers: [Orders] })
  class AppModule {}
  // #region
  const strategy = new PochtaServer({ host: 'localhost', port, group: 'billing' });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, { strategy });
  await app.listen();
  // #endregion
  closeLater(() => app.close());
  await broker.publish('orders', 1);
  await broker.delivered('orders', { group: 'billing' });
  expect(app.get(Orders).seen).toEqual([1]);
});

test('A broker inside the service', async () => {
  // #region
  const imports = [PochtaModule.forRoot({ embedded: {} })];
  // #endregion
  @Module({ imports, controllers: [Orders] })
  class AppModule {}
  const app = await NestFactory.create(AppModule, quiet);
  closeLater(() => app.close());
  connectPochta(app, { group: 'orders' });
  await app.startAllMicroservices();
  await app.init();
  const { seen } = app.get(Orders);
  await app.get<PochtaClientProxy>(getPochtaToken()).publish('orders', 1);
  await eventually(() => seen.length === 1);
});

test('Readiness is answered while handlers wait for a broker, when the app listens first', async () => {
  const gone = await startTestBroker({ port: 0 });
  const { port } = gone;
  await gone.stop();
  @Controller()
  class Ready {
    constructor(private readonly pochta: PochtaHealthIndicator) {}
    @Get('ready') ready() {
      return this.pochta.check();
    }
  }
  const reconnect = { initialDelay: 1, maxDelay: 10 };
  @Module({
    imports: [PochtaModule.forRoot({ host: '127.0.0.1', port, reconnect })],
    controllers: [Orders, Ready],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, quiet);
  closeLater(() => app.close());
  connectPochta(app, { group: 'orders' });
  await app.listen(0, '127.0.0.1');
  const started = app.startAllMicroservices();
  const ready = async () => (await (await fetch(`${await app.getUrl()}/ready`)).json()) as object;
  expect(await ready()).toMatchObject({ status: 'down' });
  const broker = await startTestBroker({ port });
  await started;
  expect(await ready()).toMatchObject({ status: 'up' });
  await broker.publish('orders', 1);
  await broker.delivered('orders', { group: 'orders' });
});
