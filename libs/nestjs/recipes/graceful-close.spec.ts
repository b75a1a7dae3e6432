import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { eventually } from '@pochta/testing';
import { createApp, startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { connectPochta, PochtaContext, Subscribe } from '../src';

afterEach(stopServices);

const begun: string[] = [];
const rendered: string[] = [];
const finish: (() => void)[] = [];
const render = (_report: string, _signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => finish.push(resolve));

// #region
@Controller()
export class Reports {
  @Subscribe('reports', { group: 'reports' })
  async make(@Payload() report: string, @Ctx() { signal, deliveryCount }: PochtaContext): Promise<void> {
    begun.push(`${report} ${deliveryCount}`);
    await render(report, signal); // `signal` is aborted when the app has waited for its drainTimeout
    rendered.push(report);
  }
}
// #endregion

test('A graceful close', async () => {
  const broker = await startTestBroker();
  const { app, start } = await createApp(broker, { controllers: [Reports] });
  // #region
  connectPochta(app, { prefetch: 10, drainTimeout: 20_000 }); // ms; default 30,000
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  // #endregion
  await start();
  for (let report = 1; report <= 12; report++) await broker.publish('reports', `r${report}`);
  await eventually(() => finish.length === 10);
  const closed = app.close();
  for (const done of finish.splice(0)) done();
  await closed;
  expect(rendered).toHaveLength(10);
  await startApp(broker, { controllers: [Reports] });
  await eventually(() => finish.length === 2);
  for (const done of finish) done();
  await broker.delivered('reports');
  // None was begun twice.
  expect(begun).toEqual(rendered.map((report) => `${report} 1`));
});
