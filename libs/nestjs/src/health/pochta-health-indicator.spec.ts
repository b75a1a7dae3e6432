import { Controller, Get, type INestApplication, Logger } from '@nestjs/common';
import { HealthCheckService, type HealthIndicatorFunction, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { Administration } from '@pochta/broker-core';
import { errorFor } from '@pochta/protocol';
import { cleanUp, eventually, startBroker, type StartedBroker } from '@pochta/testing';
import type { PochtaConnection } from '../connections/pochta-connection';
import { getConnectionToken } from '../connections/tokens';
import { PochtaModule } from '../module/pochta.module';
import { PochtaHealthIndicator } from './pochta-health-indicator';

@Controller()
class Health {
  constructor(
    private readonly health: HealthCheckService,
    private readonly pochta: PochtaHealthIndicator,
  ) {}

  @Get('ready')
  ready() {
    const check: HealthIndicatorFunction = () => this.pochta.isHealthy('pochta');
    return this.health.check([check]);
  }
}

let broker: StartedBroker;
let app: INestApplication;
let connection: PochtaConnection;

beforeEach(async () => {
  broker = await startBroker();
  const module = await Test.createTestingModule({
    imports: [
      TerminusModule.forRoot({ logger: false }),
      PochtaModule.forRoot({ port: broker.port, reconnect: { initialDelay: 5 } }),
    ],
    controllers: [Health],
  }).compile();
  module.useLogger(false);
  app = module.createNestApplication();
  await app.listen(0);
  connection = app.get<PochtaConnection>(getConnectionToken());
});

afterEach(async () => {
  await app.close();
  await cleanUp();
  Logger.overrideLogger(false);
});

async function ready(): Promise<{ code: number; pochta: object }> {
  const response = await fetch(`${await app.getUrl()}/ready`);
  const { details } = (await response.json()) as { details: { pochta: object } };
  return { code: response.status, pochta: details.pochta };
}

it("is ready by the app's own connection, which the first check makes", async () => {
  const up = {
    code: 200,
    pochta: { status: 'up', connection: 'connected', server: `localhost:${broker.port}` },
  };
  expect(connection.status).toBe('idle');
  expect(await ready()).toEqual(up);
  expect(await ready()).toEqual(up);
  expect(new Administration(broker.server.broker).connections.list().connections).toHaveLength(1);
});

it('is not ready while it reconnects, and ready again afterwards', async () => {
  await connection.client();
  await broker.server.stop();
  await eventually(() => connection.status === 'reconnecting');
  expect(await ready()).toEqual({ code: 503, pochta: { status: 'down', connection: 'reconnecting' } });
  await broker.restart();
  await eventually(async () => (await ready()).code === 200);
});

it('is not ready without a broker, and says why', async () => {
  await broker.server.stop();
  expect(await ready()).toEqual({
    code: 503,
    pochta: {
      status: 'down',
      connection: 'idle',
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining(`localhost:${broker.port} cannot be reached`) as string,
    },
  });
});

it('is not ready while one of its handlers has lost its subscription, and says which', async () => {
  const setback = { what: "@EventPattern('orders')", error: errorFor('GROUP_MISMATCH') };
  connection.setbacks.add(setback);
  expect(await ready()).toEqual({
    code: 503,
    pochta: {
      status: 'down',
      connection: 'connected',
      code: 'GROUP_MISMATCH',
      message: expect.stringContaining("@EventPattern('orders'): ") as string,
    },
  });
  connection.setbacks.delete(setback);
  expect((await ready()).code).toBe(200);
});

it('does without terminus, and knows no connection that there is not', async () => {
  const indicator = app.get(PochtaHealthIndicator);
  expect(await indicator.check()).toMatchObject({ status: 'up' });
  await expect(indicator.check('other')).rejects.toThrow(/PochtaConnection\(other\)/);
});
