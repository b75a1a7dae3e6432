import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, startBroker } from '@pochta/testing';
import { closeLater, connectTo, prepareService, startService, stopServices } from '../../fixtures/service';
import type { PochtaClientProxy } from '../client/pochta-client-proxy';
import { createConnection } from '../connections/shared-connection';
import { getPochtaToken } from '../connections/tokens';
import { PochtaModule } from '../module/pochta.module';
import { connectPochta } from './connect-pochta';
import { PochtaContext } from './pochta-context';
import { Subscribe } from './subscribe.decorator';

afterEach(stopServices);

/** A handler that can be let go on. */
function gated() {
  const counts: number[] = [];
  const aborted: string[] = [];
  const finish: (() => void)[] = [];
  @Controller()
  class Gated {
    @EventPattern<string>('jobs')
    async onJob(@Ctx() ctx: PochtaContext): Promise<void> {
      counts.push(ctx.deliveryCount);
      ctx.signal.addEventListener('abort', () => aborted.push(ctx.topic));
      await new Promise<void>((resolve) => finish.push(resolve));
    }
  }
  return { Gated, counts, finish, aborted };
}

describe('Closing a service', () => {
  it('lets 100 handlers in flight finish, and none of their messages comes again', async () => {
    const broker = await startBroker();
    const { Gated, counts, finish } = gated();
    const { app, strategy } = await startService(broker, [Gated], { group: 'service' });
    const client = await connectTo(broker);
    await client.publishMany(
      'jobs',
      Array.from({ length: 130 }, (_, i) => i),
    );
    await eventually(() => finish.length === 100);
    const closed = app.close();
    for (const done of finish.splice(0)) done();
    await closed;
    expect(counts).toHaveLength(100);
    expect(strategy.counts[0]).toMatchObject({ handled: 100, failed: 0 });
    const next = await startService(broker, [Gated], { group: 'service' });
    // Only those that had never been in a handler.
    await eventually(() => finish.length === 30);
    for (const done of finish.splice(0)) done();
    await eventually(() => next.strategy.counts[0].handled === 30);
    expect(new Set(counts)).toEqual(new Set([1]));
  });

  it.each(['its own connection', 'a shared connection'])(
    'waits for running handlers no longer than its limit; their messages come again (%s)',
    async (which) => {
      const broker = await startBroker();
      const connection = createConnection({ host: '127.0.0.1', port: broker.port });
      closeLater(() => connection.drain());
      const { Gated, counts, finish, aborted } = gated();
      const { app, texts } = await startService(broker, [Gated], {
        group: 'service',
        drainTimeout: 20,
        ...(which === 'a shared connection' && { connection }),
      });
      await (await connectTo(broker)).publish('jobs', 1);
      await eventually(() => finish.length === 1);
      await app.close();
      expect(texts('warn')).toContainEqual(expect.stringContaining('1 handlers were not done after 20 ms'));
      expect(aborted).toEqual(['jobs']);
      await startService(broker, [Gated], { group: 'service' });
      await eventually(() => finish.length === 2);
      for (const done of finish) done();
      expect(counts).toHaveLength(2);
    },
  );

  it('waits for a request no longer than its limit either, and whoever asked is told', async () => {
    const broker = await startBroker();
    let asked = false;
    @Controller()
    class Stuck {
      @MessagePattern('ask') ask(): Promise<never> {
        asked = true;
        return new Promise(() => undefined);
      }
    }
    const { app } = await startService(broker, [Stuck], { drainTimeout: 20 });
    const client = await connectTo(broker);
    const reply = client.request('ask', 1);
    await eventually(() => asked);
    await Promise.all([app.close(), expect(reply).rejects.toBeDefined()]);
  });

  it('finishes requests, batches that wait to be full, and broadcasts', async () => {
    const broker = await startBroker();
    const begun: string[] = [];
    const finish: (() => void)[] = [];
    const wait = (name: string) => {
      begun.push(name);
      return new Promise<string>((resolve) => finish.push(() => resolve(name)));
    };
    @Controller()
    class Mixed {
      @MessagePattern('ask') ask(): Promise<string> {
        return wait('asked');
      }
      @Subscribe('rows', { group: 'g', batch: { size: 2, wait: 60_000 } })
      rows(@Payload() rows: number[]): void {
        begun.push(`rows ${rows.join()}`);
      }
      @Subscribe('prices', { broadcast: true }) prices(): Promise<string> {
        return wait('price');
      }
    }
    const { app, strategy } = await startService(broker, [Mixed]);
    const client = await connectTo(broker);
    const reply = client.request('ask', 1);
    await client.publishMany('rows', [7, 8, 9]);
    await client.publish('prices', 1);
    await eventually(() => finish.length === 2);
    await eventually(() => begun.includes('rows 7,8'));
    const closed = app.close();
    for (const done of finish) done();
    await closed;
    expect(await reply).toBe('asked');
    expect(begun.sort()).toEqual(['asked', 'price', 'rows 7,8', 'rows 9']);
    expect(strategy.counts.map(({ handled }) => handled)).toEqual([3, 1, 1]);
  });

  it.each([10_000, 500])(
    'takes a hybrid app little longer than one drain timeout of %d ms, though handlers and the broker both keep it waiting',
    async (drainTimeout) => {
      const broker = await startBroker();
      const { Gated, finish } = gated();
      const pochta = PochtaModule.forRoot({ host: '127.0.0.1', port: broker.port, drainTimeout });
      @Module({ imports: [pochta], controllers: [Gated] })
      class AppModule {}
      const app = await NestFactory.create(AppModule, { logger: false });
      connectPochta(app, { group: 'service' });
      await app.startAllMicroservices();
      await app.init();
      const proxy = app.get<PochtaClientProxy>(getPochtaToken());
      await proxy.publish('jobs', 1);
      await eventually(() => finish.length === 1);
      await broker.stop();
      const unsent = expect(proxy.publish('jobs', 2)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
      jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
      try {
        const closed = app.close();
        await jest.advanceTimersByTimeAsync(drainTimeout);
        await jest.advanceTimersByTimeAsync(drainTimeout / 10);
        await Promise.all([closed, unsent]);
      } finally {
        jest.useRealTimers();
      }
    },
  );

  it('leaves a connection open that is not its own', async () => {
    const broker = await startBroker();
    const connection = createConnection({ host: '127.0.0.1', port: broker.port });
    closeLater(() => connection.drain());
    const { Gated } = gated();
    const { app } = await startService(broker, [Gated], { group: 'service', connection });
    await app.close();
    expect(connection.status).toBe('connected');
    await (await connection.client()).publish('jobs', 1);
  });
});

describe('Starting a service', () => {
  it('waits for the first connection, and says so, unless it is told not to', async () => {
    const first = await startBroker();
    const { port } = first;
    await first.stop();
    const { Gated } = gated();
    const impatient = await prepareService({ port }, [Gated], { group: 'a', waitForFirstConnection: false });
    await expect(impatient.listen()).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    const { service, listen } = await prepareService({ port }, [Gated], { group: 'a' });
    let listening = false;
    const statuses: string[] = [];
    service.strategy.status.subscribe((status) => statuses.push(status));
    const started = listen().then(() => (listening = true));
    await eventually(() => service.texts('warn').some((text) => text.startsWith('Waiting for a broker')));
    expect(listening).toBe(false);
    await startBroker({ port });
    await started;
    expect(statuses.at(-1)).toBe('connected');
    expect(service.strategy.unwrap()).toBeDefined();
    await service.app.close();
    expect(statuses.at(-1)).toBe('closed');
  });

  it('fails when a group is not as its handler says, and leaves nothing behind', async () => {
    const broker = await startBroker();
    @Controller()
    class Mixed {
      @Subscribe('jobs', { maxDeliveries: 3 }) jobs(): void {}
      @Subscribe('others') others(): void {}
    }
    await startService(broker, [Mixed], { group: 'g' });
    @Controller()
    class Other {
      @Subscribe('jobs', { maxDeliveries: 4 }) jobs(): void {}
      @Subscribe('others') others(): void {}
    }
    const { service, listen } = await prepareService(broker, [Other], { group: 'g' });
    await expect(listen()).rejects.toMatchObject({
      code: 'GROUP_MISMATCH',
      message: expect.stringContaining("@Subscribe('jobs') on Other.jobs: ") as string,
    });
    expect(service.strategy.connection.status).toBe('closed');
  });

  it('goes on when its client has given up, once a broker is there again', async () => {
    const broker = await startBroker();
    const { Gated, finish } = gated();
    const { strategy } = await startService(broker, [Gated], {
      group: 'g',
      reconnect: { initialDelay: 1, maxDelay: 2, maxAttempts: 3 },
    });
    const { port } = broker;
    await broker.stop();
    await eventually(() => strategy.unwrap() === undefined);
    const other = await startBroker({ port });
    await (await connectTo(other)).publish('jobs', 1);
    await eventually(() => finish.length === 1);
    finish[0]();
  });

  it('ends when it is closed while it waits', async () => {
    const first = await startBroker();
    await first.stop();
    const { Gated } = gated();
    const { service, listen } = await prepareService(first, [Gated], { group: 'a' });
    const started = listen();
    started.catch(() => undefined);
    await eventually(() => service.texts('warn').some((text) => text.startsWith('Waiting for a broker')));
    await service.strategy.close();
    await expect(started).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  });
});
