import {
  cleanUp,
  eventually,
  FakePeer,
  occupyPort,
  publishFrame,
  SlowPeer,
  startBroker,
  type StartBrokerOptions,
  withCode,
} from '@pochta/testing';
import { PochtaServer } from './pochta-server';

const inMemory = { engine: 'memory', port: 0 } as const;

describe('stopping a server', () => {
  afterEach(cleanUp);

  it('confirms what was taken in before it ends connections', async () => {
    const taken: (() => void)[] = [];
    const broker = await startBroker({
      prepare: ({ broker }) =>
        broker.addAcceptor({
          topic: 'slow',
          accept: (messages) => new Promise((resolve) => taken.push(() => resolve({ messages }))),
        }),
    });
    const peer = await FakePeer.connect(broker);
    const watcher = await FakePeer.connect(broker);
    await watcher.ask({ action: 'subscribe', topic: 'slow' });
    peer.send(publishFrame('slow', 1, { id: 1 }));
    await eventually(() => taken.length > 0);
    const stopping = broker.server.stop();
    taken[0]();
    expect(await peer.next()).toEqual({ status: 'success', message: 'Published', id: 1 });
    await stopping;
    await Promise.all([peer.closed, watcher.closed]);
    expect(broker.server.addresses).toEqual([]);
    await expect(FakePeer.connect(broker)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('takes no longer than it may for a peer that does not read', async () => {
    const broker = await startBroker({ stopTimeout: 50 });
    const slow = await SlowPeer.connect(broker, { action: 'subscribe', topic: 't' });
    const peer = await FakePeer.connect(broker);
    for (let i = 0; i < 200; i++) peer.send(publishFrame('t', 'x'.repeat(100_000)));
    await peer.take(200);
    await broker.server.stop();
    expect(broker.server.connections).toBe(0);
    slow.socket.resume();
    await slow.closed;
  });

  it('takes no longer than it may for a handler that never answers', async () => {
    let asked = false;
    const broker = await startBroker({
      stopTimeout: 50,
      prepare: ({ broker }) =>
        broker.addAcceptor({
          topic: 'stuck',
          accept: () => {
            asked = true;
            return new Promise(() => undefined);
          },
        }),
    });
    const peer = await FakePeer.connect(broker);
    peer.send(publishFrame('stuck', 1));
    await eventually(() => asked);
    await broker.server.stop();
    await peer.closed;
    expect(peer.untaken).toEqual([]);
  });

  it('may be done twice, before the start, while it starts, and after a start that failed', async () => {
    const never = new PochtaServer(inMemory);
    await never.stop();
    await expect(never.start()).rejects.toEqual(withCode('SHUTTING_DOWN'));

    const early = new PochtaServer(inMemory);
    const starting = early.start();
    await Promise.all([early.stop(), early.stop()]);
    await starting;
    expect(early.addresses).toEqual([]);
    await expect(early.start()).rejects.toEqual(withCode('SHUTTING_DOWN'));

    const failed = new PochtaServer({ ...inMemory, port: await occupyPort() });
    const failing = failed.start();
    await Promise.all([expect(failing).rejects.toEqual(withCode('ADDRESS_UNAVAILABLE')), failed.stop()]);
  });

  it('releases everything of its connections', async () => {
    const broker = await startBroker({ simple: true });
    const peer = await FakePeer.connect(broker);
    const naive = await FakePeer.connect({ port: broker.simplePort });
    peer.send({ action: 'subscribe', topic: '>' }, { action: 'respond', topic: 'r' });
    await peer.take(2);
    peer.sendBytes('{"action":"listen"}');
    await peer.nextChunk();
    naive.send({ action: 'subscribe', topic: 'a' });
    await naive.nextChunk();
    await broker.server.stop();
    expect(broker.server.broker.connections.size).toBe(0);
    expect(broker.server.connections).toBe(0);
  });

  describe('while messages are in flight to members of groups', () => {
    const group = { topic: 't', group: 'g' };
    const setUp = async (options: StartBrokerOptions) => {
      const broker = await startBroker(options);
      const [consumer, other] = [await FakePeer.connect(broker), await FakePeer.connect(broker)];
      for (const n of [1, 2, 3]) await other.ask(publishFrame('t', n));
      await consumer.ask({ action: 'subscribe', ...group, prefetch: 2 });
      await consumer.take(2);
      return { broker, consumer };
    };

    it('lets them be settled, and what comes of them be published, and then ends', async () => {
      const { broker, consumer } = await setUp({ engine: 'lmdb', drainTimeout: 600_000 });
      const stopping = broker.server.stop();
      await eventually(() => broker.server.addresses.length === 0);
      expect(await consumer.ask(publishFrame('done', 1))).toMatchObject({ message: 'Published' });
      const operations = [publishFrame('done', 2), { action: 'ack', ...group, sequence: 1 }];
      expect(await consumer.ask({ action: 'transaction', operations })).toMatchObject({
        message: 'Committed',
      });
      expect(await consumer.ask({ action: 'subscribe', topic: 'x' })).toMatchObject({
        code: 'SHUTTING_DOWN',
      });
      expect(await consumer.ask({ action: 'ack', ...group, sequence: 2 })).toMatchObject({
        message: 'Acknowledged',
      });
      await stopping;
      await consumer.ended;
      expect(consumer.untaken).toEqual([]);
      const next = await startBroker({ engine: 'lmdb', dataDir: broker.dataDir });
      const [left] = next.server.broker.store.groups('t');
      expect(left).toMatchObject({ backlog: 1, ackFloor: 3 });
      expect(next.server.broker.store.describe('done')).toMatchObject({ messages: 2 });
    });

    it('waits for a consumer that never settles no longer than it may', async () => {
      const { broker, consumer } = await setUp({ drainTimeout: 20 });
      await broker.server.stop();
      await consumer.ended;
    });

    it('does not wait when who had them goes away', async () => {
      const { broker, consumer } = await setUp({ drainTimeout: 600_000 });
      const stopping = broker.server.stop();
      consumer.reset();
      await stopping;
    });
  });
});
