import type { Log } from '@pochta/listener';
import type { TopicPolicy } from '@pochta/protocol';
import {
  cleanUp,
  eventually,
  FakePeer,
  occupyPort,
  publishFrame,
  startBroker,
  type StartBrokerOptions,
  withCode,
} from '@pochta/testing';
import { PochtaServer } from './pochta-server';

const inMemory = { engine: 'memory', port: 0 } as const;

describe('PochtaServer', () => {
  afterEach(cleanUp);

  describe('addresses', () => {
    it('are both loopback addresses by default, on one port', async () => {
      const { server } = await startBroker();
      const hosts = server.addresses.map(({ host }) => host);
      expect(hosts[0]).toBe('127.0.0.1');
      expect(['127.0.0.1', '127.0.0.1,::1']).toContain(hosts.join());
      expect(new Set(server.addresses.map(({ port }) => port)).size).toBe(1);
      for (const address of server.addresses) {
        const peer = await FakePeer.connect(address);
        expect(await peer.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });
      }
    });

    it('are none with port: false: only this process connects', async () => {
      const server = new PochtaServer({ ...inMemory, port: false });
      expect(() => server.openSocket()).toThrow(expect.objectContaining({ code: 'CONNECTION_FAILED' }));
      await server.start();
      const peer = FakePeer.over(server.openSocket());
      expect(await peer.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });
      expect(server.addresses).toEqual([]);
      expect(server.connections).toBe(1);
      await server.stop();
      await peer.closed;
    });

    it('say which are those of the simple dialect', async () => {
      const { server, simplePort } = await startBroker({ simple: true });
      expect(server.addresses).toContainEqual({ host: '127.0.0.1', port: simplePort, dialect: 'simple' });
    });

    it('that are taken are named, with what to do, and nothing is left running', async () => {
      const port = await occupyPort();
      const server = new PochtaServer({ ...inMemory, port });
      await expect(server.start()).rejects.toMatchObject({
        code: 'ADDRESS_UNAVAILABLE',
        message: `Cannot listen on 127.0.0.1:${port}: another program listens there. Stop it, or choose another port`,
      });
      expect(server.addresses).toEqual([]);
      await server.stop();
    });

    it('of a second listener that are taken leave the first not listening', async () => {
      const simplePort = await occupyPort();
      const server = new PochtaServer({ ...inMemory, simplePort });
      await expect(server.start()).rejects.toEqual(withCode('ADDRESS_UNAVAILABLE'));
      expect(server.addresses).toEqual([]);
    });

    it('that this machine does not have are named', async () => {
      const server = new PochtaServer({ ...inMemory, host: '192.0.2.1', allowAnonymous: true });
      await expect(server.start()).rejects.toMatchObject({
        code: 'ADDRESS_UNAVAILABLE',
        message: expect.stringContaining('192.0.2.1'),
      });
    });

    it.each(['0.0.0.0', '::', '192.168.1.5', 'example.com', '127.evil.com'])(
      'that others can reach are refused: %s',
      (host) => {
        expect(() => new PochtaServer({ ...inMemory, host })).toThrow(
          expect.objectContaining({
            code: 'INVALID_CONFIG',
            message: expect.stringContaining('allowAnonymous'),
          }),
        );
      },
    );

    it.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1'])(
      'that others cannot reach are fine: %s',
      (host) => {
        expect(() => new PochtaServer({ ...inMemory, host })).not.toThrow();
      },
    );

    it('that others can reach may be asked for', async () => {
      const { server } = await startBroker({ host: '0.0.0.0', allowAnonymous: true });
      expect(server.addresses).toEqual([expect.objectContaining({ host: '0.0.0.0' })]);
    });
  });

  describe('policies', () => {
    const policyOf = async (options: StartBrokerOptions, topic: string): Promise<TopicPolicy> => {
      const broker = await startBroker(options);
      const peer = await FakePeer.connect(broker);
      await peer.ask(publishFrame(topic, 1));
      return broker.server.broker.store.describe(topic)!.policy;
    };
    const topics = {
      'orders.*': { maxMessages: 2 },
      'orders.>': { maxMessages: 3 },
      'orders.eu': { maxMessages: 4 },
    };

    it('are the defaults where nothing is said', async () => {
      expect(await policyOf({}, 'x')).toMatchObject({
        maxMessages: 1000,
        overflow: 'reject',
        storage: 'disk',
      });
      expect(await policyOf({ defaults: { maxMessages: 7 } }, 'x')).toMatchObject({
        maxMessages: 7,
        overflow: 'reject',
      });
    });

    it('go by name first, and then by filter, in order', async () => {
      const options = { defaults: { overflow: 'drop-oldest' }, topics } as const;
      expect(await policyOf(options, 'orders.eu')).toMatchObject({ maxMessages: 4, overflow: 'drop-oldest' });
      expect(await policyOf(options, 'orders.us')).toMatchObject({ maxMessages: 2 });
      expect(await policyOf(options, 'orders.us.east')).toMatchObject({ maxMessages: 3 });
      expect(await policyOf(options, 'other')).toMatchObject({ maxMessages: 1000 });
    });

    it('of the topic test can be configured too', async () => {
      expect(await policyOf({}, 'test')).toMatchObject({ overflow: 'drop-oldest' });
      expect(await policyOf({ topics: { test: { overflow: 'reject' } } }, 'test')).toMatchObject({
        overflow: 'reject',
      });
    });

    it('are brought up to date at every start, but for the storage of what is there', async () => {
      const warnings: object[] = [];
      const log: Log = { debug() {}, info() {}, error() {}, warn: (facts) => void warnings.push(facts) };
      const first = await startBroker({ engine: 'lmdb' });
      const peer = await FakePeer.connect(first);
      for (const topic of ['a', 'b', 'c']) await peer.ask(publishFrame(topic, 1));
      await first.server.stop();

      const { dataDir } = first;
      const topics = { a: { maxMessages: 2 }, b: { storage: 'memory', overflow: 'drop-oldest' } } as const;
      const { server } = await startBroker({ engine: 'lmdb', dataDir, topics, log });
      const policy = (topic: string): TopicPolicy | undefined => server.broker.store.describe(topic)?.policy;
      expect(policy('a')).toMatchObject({ maxMessages: 2, overflow: 'reject' });
      expect(policy('b')).toMatchObject({ storage: 'disk', overflow: 'drop-oldest' });
      expect(policy('c')).toMatchObject({ maxMessages: 1000, storage: 'disk' });
      expect(warnings).toEqual([{ topics: ['b'], count: 1 }]);
    });

    it('stay as they are at a start, but for what the configuration says of the topic in particular', async () => {
      const first = await startBroker({ engine: 'lmdb' });
      const peer = await FakePeer.connect(first);
      for (const topic of ['a', 'b.one', 'c']) await peer.ask(publishFrame(topic, 1));
      const { store } = first.server.broker;
      for (const topic of ['a', 'b.one', 'c']) {
        const { policy } = store.describe(topic)!;
        await store.updateTopic(topic, { ...policy, maxMessages: 5, dedupeWindow: 7 });
      }
      await first.server.stop();

      const { server } = await startBroker({
        engine: 'lmdb',
        dataDir: first.dataDir,
        defaults: { maxMessages: 9, overflow: 'drop-oldest' },
        topics: { a: { maxMessages: 2 }, 'b.*': { maxMessages: 3 } },
      });
      const policy = (topic: string): TopicPolicy | undefined => server.broker.store.describe(topic)?.policy;
      expect(policy('a')).toMatchObject({ maxMessages: 2, dedupeWindow: 7, overflow: 'reject' });
      expect(policy('b.one')).toMatchObject({ maxMessages: 3, dedupeWindow: 7, overflow: 'reject' });
      expect(policy('c')).toMatchObject({ maxMessages: 5, dedupeWindow: 7, overflow: 'reject' });
    });

    it('with a name that cannot be are refused', () => {
      expect(() => new PochtaServer({ ...inMemory, topics: { 'a b': {} } })).toThrow(
        expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringContaining('a b') }),
      );
    });

    it('may forbid topics that nobody has named', async () => {
      const broker = await startBroker({ autoCreate: false, topics: { known: {} } });
      const peer = await FakePeer.connect(broker);
      expect(await peer.ask(publishFrame('known', 1))).toMatchObject({ message: 'Published' });
      expect(await peer.ask(publishFrame('unknown', 1))).toMatchObject({ code: 'TOPIC_UNKNOWN' });
      expect(await peer.ask({ action: 'subscribe', topic: 'unknown' })).toMatchObject({
        code: 'TOPIC_UNKNOWN',
      });
    });
  });

  describe('with lmdb', () => {
    it('keeps messages over a restart, and loses those of memory topics only', async () => {
      const broker = await startBroker({ engine: 'lmdb', topics: { volatile: { storage: 'memory' } } });
      let peer = await FakePeer.connect(broker);
      peer.send(
        publishFrame('kept', 1),
        publishFrame('kept', 2),
        publishFrame('volatile', 1),
        publishFrame('volatile', 2),
      );
      await peer.take(4);
      await broker.restart();
      peer = await FakePeer.connect(broker);
      peer.send(
        { action: 'get', topic: 'kept' },
        { action: 'get', topic: 'volatile' },
        publishFrame('volatile', 3),
        { action: 'subscribe', topic: 'volatile', meta: true },
      );
      const frames = await peer.until((frame) => frame.type === 'push');
      expect(frames[0]).toMatchObject({ message: 1 });
      expect(frames[1]).toMatchObject({ code: 'NO_MESSAGES' });
      expect(frames.at(-1)).toMatchObject({ message: 3, sequence: 3 });
    });

    it('refuses a data folder that another broker uses, and leaves it alone', async () => {
      const broker = await startBroker({ engine: 'lmdb' });
      const second = new PochtaServer({ engine: 'lmdb', port: 0, dataDir: broker.dataDir });
      await expect(second.start()).rejects.toEqual(withCode('DATA_DIR_IN_USE'));
      const peer = await FakePeer.connect(broker);
      expect(await peer.ask(publishFrame('t', 1))).toMatchObject({ message: 'Published' });
    });
  });

  it('logs its start and stop, and never a payload', async () => {
    const lines: string[] = [];
    const note =
      (level: string) =>
      (facts: object, text: string): void =>
        void lines.push(`${level} ${text} ${JSON.stringify(facts)}`);
    const log: Log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
    const broker = await startBroker({ log });
    const peer = await FakePeer.connect(broker);
    peer.send(publishFrame('t', 'secret'), { action: 'subscribe', topic: 't' });
    await peer.take(3);
    peer.sendBytes('{secret}\n');
    await peer.next();
    peer.reset();
    await eventually(() => broker.server.connections === 0);
    await broker.stop();
    expect(lines.filter((line) => line.startsWith('info')).map((line) => line.split(' {')[0])).toEqual([
      'info broker started',
      'info broker stopped',
    ]);
    expect(lines.join()).toContain('debug connected');
    expect(lines.join()).not.toContain('secret');
  });
});
