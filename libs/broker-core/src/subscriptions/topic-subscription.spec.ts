import { MessageBatch } from '@pochta/protocol';
import {
  batchOf,
  eventually,
  expectInOrder,
  range,
  startCore,
  type RecordingOutlet,
  type TestCore,
} from '@pochta/testing';

const numbers = (outlet: RecordingOutlet): number[] => outlet.texts().map(Number);

describe('a subscription to one topic', () => {
  let core: TestCore;
  const start = async (options?: Parameters<typeof startCore>[0]): Promise<TestCore> =>
    (core = await startCore(options));
  afterEach(() => core.stop());

  it('pushes what the topic holds, then what comes', async () => {
    const { connect } = await start();
    const { connection, outlet } = connect();
    await connection.publish('t', batchOf(1, 2));
    const subscription = await connection.subscribe({ topic: 't' });
    let caughtUp = -1;
    subscription.start(() => (caughtUp = outlet.pushed.length));
    await outlet.received(2);
    expect(caughtUp).toBe(2);
    await connection.publish('t', batchOf(3));
    await outlet.received(3);
    expect(numbers(outlet)).toEqual([1, 2, 3]);
    expect(outlet.pushed.map((one) => one.sequence)).toEqual([1, 2, 3]);
  });

  it('pushes nothing before its start, and then everything', async () => {
    const { connect } = await start();
    const { connection, outlet } = connect();
    const subscription = await connection.subscribe({ topic: 't' });
    await connection.publish('t', batchOf(1));
    expect(outlet.pushed).toEqual([]);
    subscription.start();
    await outlet.received(1);
  });

  it.each([
    ['earliest', [1, 2, 3, 4]],
    ['new', [4]],
    ['last', [3, 4]],
    [{ sequence: 2 }, [2, 3, 4]],
    [{ time: 0 }, [1, 2, 3, 4]],
  ] as const)('begins at %j', async (from, expected) => {
    const { connect } = await start();
    const { connection, outlet } = connect();
    await connection.publish('t', batchOf(1, 2, 3));
    (await connection.subscribe({ topic: 't', from })).start();
    await connection.publish('t', batchOf(4));
    await outlet.received(expected.length);
    expect(numbers(outlet)).toEqual(expected);
  });

  it('of another epoch misses nothing of a topic that was still empty when it began', async () => {
    const { connect } = await start();
    const { connection, outlet } = connect();
    const from = { sequence: 4, epoch: 'before' };
    const subscription = await connection.subscribe({ topic: 't', from });
    await new Promise<void>((resolve) => subscription.start(resolve));
    await eventually(() => outlet.gaps.length === 1, 'the gap');
    for (const n of [1, 2, 3, 4, 5]) await connection.publish('t', batchOf(n));
    await outlet.received(5);
    expect(numbers(outlet)).toEqual([1, 2, 3, 4, 5]);
    expect(outlet.gaps).toMatchObject([{ from: 4, reason: 'epoch' }]);
  });

  it('goes live without a hole or a repeat while many publish', async () => {
    const { connect } = await start({ limits: { pageMessages: 7 } });
    const publisher = connect().connection;
    const outlets: RecordingOutlet[] = [];
    let next = 1;
    const publish = async (batches: number): Promise<void> => {
      for (let i = 0; i < batches; i++) {
        const size = 1 + (next % 5);
        const batch = batchOf(...range(next, next + size - 1));
        next += size;
        await publisher.publish('t', batch);
      }
    };
    const publishing = [publish(150), publish(150), publish(150)];
    for (let i = 0; i < 20; i++) {
      const { connection, outlet } = connect();
      outlets.push(outlet);
      (await connection.subscribe({ topic: 't' })).start();
    }
    await Promise.all(publishing);
    for (const outlet of outlets) {
      await outlet.received(next - 1);
      expectInOrder(
        outlet.pushed.map((one) => one.sequence),
        1,
        next - 1,
      );
    }
  });

  it('waits while its outlet is full, and goes on where it stood', async () => {
    const { connect } = await start({ limits: { pageMessages: 10 } });
    const { connection, outlet } = connect();
    const publisher = connect().connection;
    (await connection.subscribe({ topic: 't' })).start();
    let next = 1;
    outlet.onPush = () => {
      outlet.writable = false;
      setImmediate(() => {
        outlet.writable = true;
        connection.resume();
      });
    };
    const publishing: Promise<unknown>[] = [];
    for (; next <= 3000; next += 30)
      publishing.push(publisher.publish('t', batchOf(...range(next, next + 29))));
    await Promise.all(publishing);
    await outlet.received(3000);
    expectInOrder(numbers(outlet), 1, 3000);
  });

  it('reads on without waiting for the next commit after it was held back', async () => {
    const { connect, store } = await start({ limits: { pageMessages: 10 } });
    const { connection, outlet } = connect();
    await connect().connection.publish('t', batchOf(...range(1, 1000)));
    let readers = 0;
    const openReader = store.openReader.bind(store);
    store.openReader = (topic, from) => {
      readers++;
      return openReader(topic, from);
    };
    (await connection.subscribe({ topic: 't' })).start();
    outlet.onPush = () => {
      outlet.writable = false;
      setImmediate(() => {
        outlet.writable = true;
        connection.resume();
      });
    };
    await outlet.received(1000);
    expectInOrder(numbers(outlet), 1, 1000);
    expect(readers).toBe(1);
  });

  it('goes on with a topic that was deleted and exists again', async () => {
    const { connect, store } = await start();
    const { connection, outlet } = connect();
    const publisher = connect().connection;
    (await connection.subscribe({ topic: 't' })).start();
    await publisher.publish('t', batchOf(1));
    await outlet.received(1);
    outlet.writable = false;
    await publisher.publish('t', batchOf(2));
    await store.deleteTopic('t');
    await publisher.publish('t', batchOf(3));
    outlet.writable = true;
    connection.resume();
    await outlet.received(2);
    expect(numbers(outlet)).toEqual([1, 3]);
    expect(outlet.failures).toEqual([]);
  });

  it('is told of a gap where messages were dropped while it waited', async () => {
    const policy = { maxMessages: 5, overflow: 'drop-oldest' } as const;
    const { connect } = await start({ policy, limits: { maxHeadBytes: 0 } });
    const { connection, outlet } = connect();
    (await connection.subscribe({ topic: 't' })).start();
    await connection.publish('t', batchOf(1));
    await outlet.received(1);
    outlet.writable = false;
    for (let i = 2; i <= 20; i++) await connection.publish('t', batchOf(i));
    outlet.writable = true;
    connection.resume();
    await outlet.received(6);
    expect(outlet.gaps).toEqual([{ topic: 't', from: 2, to: 15, reason: 'overflow' }]);
    expect(numbers(outlet)).toEqual([1, 16, 17, 18, 19, 20]);
  });

  it('is told of a gap where a message was taken before it was sent', async () => {
    const { connect } = await start();
    const { connection, outlet } = connect();
    await connection.publish('t', batchOf(1, 2));
    const subscription = await connection.subscribe({ topic: 't' });
    const taken = await connection.get('t');
    expect(Buffer.from(taken!.bytes).toString()).toBe('1');
    subscription.start();
    await outlet.received(1);
    expect(outlet.gaps).toEqual([{ topic: 't', from: 1, to: 1, reason: 'taken' }]);
    expect(numbers(outlet)).toEqual([2]);
  });

  it('catches up also when the topic is empty, and when it is closed first', async () => {
    const { connect } = await start();
    const { connection, outlet } = connect();
    let empty = 0;
    (await connection.subscribe({ topic: 'empty' })).start(() => empty++);
    await eventually(() => empty === 1);
    await connection.publish('t', batchOf(1));
    outlet.writable = false;
    let closed = 0;
    (await connection.subscribe({ topic: 't' })).start(() => closed++);
    connection.unsubscribe({ topic: 't' });
    expect(closed).toBe(1);
    expect(outlet.pushed).toEqual([]);
  });

  it('pushes no more once it is closed', async () => {
    const { connect } = await start();
    const { connection, outlet } = connect();
    (await connection.subscribe({ topic: 't', name: 'mine' })).start();
    await connection.publish('t', batchOf(1));
    await outlet.received(1);
    connection.unsubscribe({ name: 'mine' });
    await connection.publish('t', batchOf(2));
    await connection.publish('t', batchOf(3));
    expect(numbers(outlet)).toEqual([1]);
    expect(() => connection.unsubscribe({ name: 'mine' })).toThrow(
      expect.objectContaining({ code: 'NOT_SUBSCRIBED' }),
    );
  });

  it('takes effect in the order of requests, also on a topic that the same turn creates', async () => {
    const { connect } = await start();
    const { connection, outlet } = connect();
    const first = connection.publish('t', batchOf(1));
    const subscribing = connection.subscribe({ topic: 't', from: 'new' });
    const second = connection.publish('t', batchOf(2));
    (await subscribing).start();
    await Promise.all([first, second]);
    await outlet.received(1);
    expect(numbers(outlet)).toEqual([2]);
  });

  it('hears of a commit that was told between an empty page and going live', async () => {
    const { connect, store } = await start();
    const { connection, outlet } = connect();
    const publisher = connect().connection;
    await publisher.publish('t', batchOf(1));
    const openReader = store.openReader.bind(store);
    store.openReader = async (topic, from) => {
      const reader = await openReader(topic, from);
      const fetch = reader.fetch.bind(reader);
      let late = false;
      reader.fetch = async (messages, bytes) => {
        const page = await fetch(messages, bytes);
        if (page.length > 0 || late) return page;
        late = true;
        await publisher.publish('t', batchOf(2));
        // The tails hear of it a moment after the confirm.
        await new Promise((resolve) => setImmediate(resolve));
        return page;
      };
      return reader;
    };
    (await connection.subscribe({ topic: 't' })).start();
    await outlet.received(2);
    expect(numbers(outlet)).toEqual([1, 2]);
  });

  it('reports a store that fails', async () => {
    const { connect, store } = await start();
    const { connection, outlet } = connect();
    const openReader = store.openReader.bind(store);
    store.openReader = async (topic, from) => {
      const reader = await openReader(topic, from);
      reader.fetch = () => Promise.reject(new Error('disk on fire'));
      return reader;
    };
    (await connection.subscribe({ topic: 't' })).start();
    await eventually(() => outlet.failures.length > 0);
    expect(outlet.failures[0].code).toBe('STORAGE_FAILED');
  });

  it('knows its position in a topic once it has started', async () => {
    const { connect } = await start();
    const { connection, outlet } = connect();
    expect(connection.positionIn('t')).toBe(Infinity);
    const subscription = await connection.subscribe({ topic: 't' });
    expect(connection.positionIn('t')).toBe(Infinity);
    subscription.start();
    expect(connection.positionIn('t')).toBe(1);
    await connection.publish('t', new MessageBatch(1, Buffer.from('7'), Uint32Array.of(1)));
    await outlet.received(1);
    expect(connection.positionIn('t')).toBe(2);
  });
});
