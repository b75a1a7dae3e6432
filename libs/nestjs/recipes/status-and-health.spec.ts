import { Controller, Get, Injectable } from '@nestjs/common';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { eventually } from '@pochta/testing';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { InjectPochta, PochtaClientProxy, PochtaHealthIndicator } from '../src';

afterEach(stopServices);

// #region
@Controller()
export class Health {
  constructor(
    private readonly health: HealthCheckService,
    private readonly pochta: PochtaHealthIndicator,
  ) {}

  @Get('ready')
  ready() {
    return this.health.check([() => this.pochta.isHealthy('pochta')]);
  }
}

@Injectable()
export class Outages {
  readonly statuses: string[] = [];

  constructor(@InjectPochta() pochta: PochtaClientProxy) {
    pochta.status.subscribe((status) => this.statuses.push(status));
  }
}
// #endregion

test('Status for health and reconnects', async () => {
  const broker = await startTestBroker();
  const { app } = await startApp(broker, {
    imports: [TerminusModule.forRoot({ logger: false })],
    controllers: [Health],
    providers: [Outages],
  });
  await app.listen(0, '127.0.0.1');
  const ready = async () => (await fetch(`${await app.getUrl()}/ready`)).status;
  const { statuses } = app.get(Outages);
  expect(await ready()).toBe(200);
  await broker.restart();
  await eventually(() => statuses.at(-1) === 'connected' && statuses.includes('reconnecting'));
  expect(await ready()).toBe(200);
  await broker.stop();
  await eventually(() => statuses.at(-1) === 'reconnecting');
  expect(await ready()).toBe(503);
});
