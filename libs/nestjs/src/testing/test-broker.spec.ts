import { Controller, type INestApplicationContext, Logger, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, type MicroserviceOptions, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { connect } from '@pochta/client';
import { eventually } from '@pochta/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestBroker, type TestBrokerOptions, withTestBroker } from '../../testing';
import {
  defineTopic,
  getPochtaToken,
  getTopicToken,
  InjectPochta,
  messagePack,
  PochtaClientProxy,
  type PochtaConnectionOptions,
  PochtaContext,
  PochtaModule,
  PochtaRetry,
  PochtaServer,
  type StrategyOptions,
  PochtaTerminate,
  type TopicPublisher,
  Subscribe,
} from '..';

interface Order {
  readonly item: string;
}
const orders = defineTopic<Order>('orders');

const HOUR = 3_600_000;

describe('the test broker', () => {
  let broker: TestBroker;
  let apps: INestApplicationContext[] = [];
  const start = async (options?: TestBrokerOptions): Promise<TestBroker> =>
    (broker = await TestBroker.start(options));
  const service = async (controllers: Type[], options: StrategyOptions = {}): Promise<void> => {
    @Module({ controllers })
    class Service {}
    const strategy = new PochtaServer({
      ...broker.connection,
      group: 'service',
      reconnect: { initialDelay: 1, maxDelay: 10 },
      ...options,
    });
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(Service, {
      strategy,
      logger: false,
    });
    apps.push(app);
    await app.listen();
  };
  const closeApps = async (): Promise<void> => {
    for (const app of apps.splice(0)) await app.close();
  };
  afterEach(async () => {
    await closeApps();
    expect(await broker.stop()).toEqual([]);
    apps = [];
  });

  it('tests without a broker and a clean close', async () => {
    const kinds = (): string[] =>
      process.getActiveResourcesInfo().filter((kind) => /TCP|Pipe|Timeout|Immediate/.test(kind));
    await new Promise((resolve) => setImmediate(resolve));
    const before = kinds();
    await start();
    const taken: Order[] = [];
    @Controller()
    class Orders {
      @EventPattern<string>('orders') take(order: Order): void {
        taken.push(order);
      }
      @MessagePattern('count') count(): number {
        return taken.length;
      }
    }
    await service([Orders]);
    await broker.publish(orders, { item: 'tea' });
    await broker.delivered(orders, { group: 'service', count: 1 });
    expect(taken).toEqual([{ item: 'tea' }]);
    expect(await broker.request<number>('count', null)).toBe(1);
    expect(broker.port).toBeUndefined();
    await closeApps();
    expect(await broker.stop()).toEqual([]);
    await eventually(() => kinds().length <= before.length, 'the end of all handles');
  });

  it('delays and deadlines without waiting', async () => {
    await start();
    const seen: [unknown, number][] = [];
    let answer = (_value: unknown): Promise<void> | void => undefined;
    @Controller()
    class Jobs {
      @EventPattern<string>('jobs') take(
        @Payload() value: unknown,
        @Ctx() ctx: PochtaContext,
      ): Promise<void> | void {
        seen.push([value, ctx.deliveryCount]);
        return answer(value);
      }
    }
    await service([Jobs]);
    // A delay.
    await broker.publish('jobs', 'later', { delay: HOUR });
    await broker.advance(HOUR - 1);
    expect(seen).toEqual([]);
    await broker.advance(1);
    expect(seen).toEqual([['later', 1]]);
    // A time to live.
    await broker.publish('other', 'short', { ttl: HOUR });
    await broker.advance(HOUR);
    expect(await broker.messages('other')).toEqual([]);
    // An ack deadline: the handler hangs.
    let finish!: () => void;
    answer = () => new Promise<void>((resolve) => (finish = resolve));
    await broker.publish('jobs', 'hangs');
    await broker.advance(0, { patience: 5 });
    expect(seen.at(-1)).toEqual(['hangs', 1]);
    const hanging = finish;
    answer = () => undefined;
    await broker.advance(30_000 + 2000, { patience: 5 });
    expect(seen.at(-1)).toEqual(['hangs', 2]);
    hanging();
    await broker.delivered('jobs');
  });

  it('moves time by whole ms only, and never back', async () => {
    await start();
    const before = broker.clock.now();
    for (const ms of [NaN, 0.5, -1, Infinity, '10' as never])
      await expect(broker.advance(ms)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await broker.advance(0);
    expect(broker.clock.now()).toBe(before);
  });

  it('goes through all backoffs within the time that passes, to the dead letter', async () => {
    await start();
    const counts: number[] = [];
    @Controller()
    class Orders {
      @EventPattern<string>('orders') async take(@Ctx() ctx: PochtaContext): Promise<void> {
        counts.push(ctx.deliveryCount);
        await Promise.resolve();
        throw new Error('no');
      }
    }
    await service([Orders]);
    await broker.publish(orders, { item: 'tea' }, { headers: { tenant: 'a' } });
    await broker.advance(1);
    expect(counts).toEqual([1]);
    expect(await broker.deadLetters(orders)).toEqual([]);
    await broker.advance(1200);
    expect(counts).toEqual([1, 2]);
    await broker.advance(60_000);
    expect(counts).toEqual([1, 2, 3, 4, 5]);
    const letter = await broker.deadLetter(orders);
    expect(letter).toMatchObject({
      value: { item: 'tea' },
      topic: 'orders.dead',
      reason: 'max-deliveries',
      deliveries: 5,
      group: 'service',
      headers: { tenant: 'a' },
      origin: { topic: 'orders', sequence: 1 },
    });
    expect(await broker.deadLetters('orders.dead')).toEqual([letter]);
    expect(await broker.deadLetters('nothing')).toEqual([]);
  });

  it('tells why a message was given up', async () => {
    await start();
    @Controller()
    class Orders {
      @EventPattern<string>('orders') take(): void {
        throw new PochtaTerminate('no such item');
      }
    }
    await service([Orders]);
    await broker.publish(orders, { item: 'x' });
    expect(await broker.deadLetter(orders)).toMatchObject({
      reason: 'terminated',
      detail: 'no such item',
      deliveries: 1,
    });
  });

  it('says what is unsettled when a delivery does not come about', async () => {
    await start();
    await expect(broker.delivered('orders', { timeout: 5 })).rejects.toThrow(
      'orders: everything not acked within 5 ms; there is no topic orders: nothing was published to it',
    );
    await broker.publish(orders, { item: 'tea' });
    await expect(broker.delivered(orders, { timeout: 5 })).rejects.toThrow(
      'orders holds 1 messages and has no groups',
    );
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    @Controller()
    class Orders {
      @Subscribe('orders') take(order: Order): Promise<void> {
        if (order.item === 'slow') return released;
        throw order.item === 'later' ? new PochtaRetry(HOUR) : new Error('no');
      }
    }
    await service([Orders]);
    await broker.publish(orders, { item: 'later' });
    await broker.publish(orders, { item: 'slow' });
    await broker.advance(1500, { patience: 20 });
    const failure = broker.delivered(orders, { group: 'service', count: 3, timeout: 20 });
    await expect(failure).rejects.toThrow(
      'orders: 3 messages not acked within 20 ms; group service of orders, with 1 members, has acked 0: ' +
        '1 in flight, 2 failed and waiting for the clock (broker.advance moves it), 0 not delivered, 0 dead letters; ' +
        'message 1 delivered 2 of 5 times, last nacked: no; ' +
        `message 2 delivered 1 of 5 times, last nacked, to come again after ${HOUR} ms: retry; ` +
        'message 3 delivered 1 of 5 times',
    );
    await expect(broker.delivered(orders, { group: 'nobody', timeout: 5 })).rejects.toThrow(
      'has no group nobody; it has service',
    );
    await expect(broker.deadLetter(orders, { timeout: 5 })).rejects.toThrow(
      'orders: no dead letter within 5 ms; group',
    );
    release();
    await expect(broker.delivered(orders, { count: 1 })).resolves.toBeUndefined();
  });

  it('shows what topics hold, as their codecs read it', async () => {
    await start({ codecs: { 'packed.*': messagePack() }, names: { region: 'eu' } });
    await broker.publish('packed.a', { n: 1 }, { key: 'k', headers: { a: 'b' }, priority: 3 });
    expect(await broker.messages('packed.a')).toMatchObject([
      {
        value: { n: 1 },
        sequence: 1,
        key: 'k',
        headers: { a: 'b' },
        priority: 3,
        timestamp: broker.clock.now(),
      },
    ]);
    await broker.publish('${region}.b', 2);
    expect(await broker.messages('eu.b')).toMatchObject([
      { value: 2, topic: 'eu.b', key: undefined, priority: 0 },
    ]);
    expect(await broker.messages('none')).toEqual([]);
  });

  it('is empty after a reset, and subscriptions and policies stay', async () => {
    await start({ topics: { small: { maxMessages: 1 } } });
    const taken: unknown[] = [];
    @Controller()
    class Orders {
      @EventPattern<string>('orders') take(value: unknown): void {
        taken.push(value);
      }
      @EventPattern<string>('bad') fail(): void {
        throw new PochtaTerminate();
      }
      @EventPattern<string>('news.*', { broadcast: true, group: undefined } as never) hear(
        value: unknown,
      ): void {
        taken.push(value);
      }
    }
    await service([Orders]);
    for (let round = 1; round <= 2; round++) {
      await broker.publish('orders', round, { messageId: 'same' });
      await broker.publish('orders', 'late', { delay: HOUR });
      await broker.publish('bad', round);
      await broker.publish('news.today', `news ${round}`);
      await broker.publish('small', round);
      await expect(broker.publish('small', round)).rejects.toMatchObject({ code: 'TOPIC_FULL' });
      await broker.delivered('orders', { count: 1 });
      await broker.deadLetter('bad');
      await broker.reset();
      for (const topic of ['orders', 'bad', 'bad.dead', 'small'])
        expect(await broker.messages(topic)).toEqual([]);
      await expect(broker.delivered('orders', { timeout: 5 })).rejects.toThrow('has acked 0');
      await broker.advance(2 * HOUR);
    }
    expect(taken.sort()).toEqual([1, 2, 'news 1', 'news 2']);
  });

  it('goes on after a restart: empty in memory, with everything in a folder', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'pochta-'));
    for (const kept of [undefined, dataDir]) {
      await start({ dataDir: kept });
      const taken: unknown[] = [];
      @Controller()
      class Orders {
        @EventPattern<string>('orders') take(value: unknown): void {
          taken.push(value);
        }
      }
      await broker.publish('orders', 1);
      await broker.publish('later', 2, { delay: HOUR });
      await service([Orders]);
      await broker.delivered('orders');
      await broker.restart();
      expect(await broker.messages('orders')).toHaveLength(kept === undefined ? 0 : 1);
      await broker.publish('orders', 3);
      await broker.delivered('orders');
      expect(taken).toEqual([1, 3]);
      await broker.advance(HOUR);
      expect(await broker.messages('later')).toHaveLength(kept === undefined ? 0 : 1);
      await closeApps();
      await broker.stop();
    }
    await rm(dataDir, { recursive: true });
  });

  it('says which connections were left open, and listens on a port only when told to', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await start({ port: 0 });
    const client = await connect({ host: '127.0.0.1', port: broker.port });
    await client.subscribe('orders');
    const port = broker.port;
    await broker.restart();
    expect(broker.port).toBe(port);
    await client.publish('orders', 1);
    const left = await broker.stop();
    expect(left).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:\d+: 1 subscriptions, 0 responders, 0 messages in flight$/),
    ]);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining(left[0]));
    warn.mockRestore();
    await client.close();
    await start();
  });

  it('takes the place of the broker of an app, in a test of that app', async () => {
    class Shop {
      constructor(@InjectPochta() readonly proxy: PochtaClientProxy) {}
    }
    @Module({ imports: [PochtaModule.forRoot({ host: 'broker.invalid' })], providers: [Shop] })
    class AppModule {}
    await start();
    const module = await withTestBroker(Test.createTestingModule({ imports: [AppModule] }), broker).compile();
    apps.push(module);
    await module.init();
    await module.get(Shop).proxy.publish(orders, { item: 'tea' });
    expect(await broker.messages(orders)).toMatchObject([{ value: { item: 'tea' } }]);
  });

  it.each(['forRoot', 'forRootAsync'] as const)(
    'leaves an app what else it has given %s: codecs, names, and the policies of features',
    async (root) => {
      const options: PochtaConnectionOptions = {
        embedded: { dataDir: '/dev/null/nowhere' },
        codecs: { '*.packed': messagePack() },
        names: { region: 'eu' },
      };
      const connected =
        root === 'forRoot'
          ? PochtaModule.forRoot(options)
          : PochtaModule.forRootAsync({ useFactory: () => options });
      const limited = defineTopic<Order>('${region}.packed', { policy: { maxMessages: 1 } });
      @Module({ imports: [connected, PochtaModule.forFeature([limited])] })
      class AppModule {}
      await start({ names: options.names, codecs: options.codecs });
      const builder = Test.createTestingModule({ imports: [AppModule] });
      const module = await withTestBroker(builder, broker).compile();
      apps.push(module);
      await module.init();
      const publisher = module.get<TopicPublisher<Order>>(getTopicToken(limited));
      await publisher.publish({ item: 'tea' });
      await expect(publisher.publish({ item: 'milk' })).rejects.toMatchObject({ code: 'TOPIC_FULL' });
      const [{ value, contentType }] = await broker.messages('eu.packed');
      expect([value, contentType]).toEqual([{ item: 'tea' }, 'application/msgpack']);
    },
  );

  it('takes other options for a test than the app has', async () => {
    await start();
    const imports = [PochtaModule.forRoot({ name: 'shop', names: { region: 'eu' } })];
    const builder = withTestBroker(Test.createTestingModule({ imports }), broker, {
      name: 'shop',
      names: { region: 'us' },
    });
    const module = await builder.compile();
    apps.push(module);
    const proxy = module.get<PochtaClientProxy>(getPochtaToken('shop'));
    await proxy.publish('${region}.orders', 1);
    expect(await broker.messages('us.orders')).toHaveLength(1);
  });
});
