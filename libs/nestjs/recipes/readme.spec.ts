import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { startTestBroker } from '../fixtures/recipe-app';
import { closeLater, stopServices } from '../fixtures/service';
import { withTestBroker } from '../testing';
// #region
import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { connectPochta, InjectPochta, PochtaClientProxy, PochtaModule, Subscribe } from '../src';

@Controller()
class Billing {
  constructor(@InjectPochta() private readonly pochta: PochtaClientProxy) {}

  // Acked when it is done. When it throws, it is tried again later, and becomes a dead letter in the end.
  @Subscribe('orders.created', { group: 'billing' })
  async bill(@Payload() order: { id: number }): Promise<void> {
    await this.pochta.publish('invoices', { order: order.id }); // resolves once it is on the broker's disk
  }
}

@Module({ imports: [PochtaModule.forRoot({ host: 'localhost', port: 8888 })], controllers: [Billing] })
export class AppModule {}
// #endregion

afterEach(stopServices);

test('The service of the READMEs bills an order', async () => {
  const broker = await startTestBroker();
  const module = await withTestBroker(Test.createTestingModule({ imports: [AppModule] }), broker).compile();
  const app = module.createNestApplication({ logger: false });
  closeLater(() => app.close());
  // #region
  connectPochta(app); // after NestFactory.create(AppModule)
  app.enableShutdownHooks(); // on SIGTERM, handlers finish and ack first
  await app.startAllMicroservices();
  // #endregion
  await broker.publish('orders.created', { id: 7 });
  await broker.delivered('orders.created', { group: 'billing' });
  expect(await broker.messages('invoices')).toMatchObject([{ value: { order: 7 } }]);
});

/** The programs above, from which imports may be left out. */
function programs(): string[] {
  const source = readFileSync(__filename, 'utf8').replace(`'../src'`, `'@pochta/nestjs'`);
  return [...source.matchAll(/^( *)\/\/ #region\n(.*?)\n *\/\/ #endregion$/gms)].map(([, indent, body]) =>
    body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

test('The READMEs show the programs of this test', () => {
  const read = (path: string) => readFileSync(join(__dirname, '../../..', path), 'utf8');
  const [service, main] = programs();
  for (const program of [service, main]) expect(read('libs/nestjs/README.md')).toContain(program);
  const [, controller] = /(@Controller.*?^}$)/ms.exec(service)!;
  expect(read('README.md')).toContain(controller);
});
