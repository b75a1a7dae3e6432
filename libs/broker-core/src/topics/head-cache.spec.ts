import { batchOf, eventually, range, startCore, type RecordingOutlet, type TestCore } from '@pochta/testing';
import { MessageBatch, PayloadMemory } from '@pochta/protocol';
import { OutgoingBatch } from '../outgoing-batch';
import { HeadBudget, HeadCache } from './head-cache';

const MIB = 1024 * 1024;
const numbers = (outlet: RecordingOutlet): number[] => outlet.texts().map(Number);

describe('a subscription that was held back', () => {
  let core: TestCore;
  afterEach(() => core.stop());

  /** One that is live, and has been sent message 1, and now takes nothing. */
  async function heldBack(options?: Parameters<typeof startCore>[0]) {
    core = await startCore(options);
    const { connection, outlet } = core.connect();
    (await connection.subscribe({ topic: 't' })).start();
    await connection.publish('t', batchOf(1));
    const witness = core.connect();
    (await witness.connection.subscribe({ topic: 't' })).start();
    await Promise.all([outlet.received(1), witness.outlet.received(1)]);
    outlet.writable = false;
    /** Resolves when the broker has told its subscriptions of all. */
    const publish = async (from: number, to = from): Promise<void> => {
      for (const n of range(from, to)) await connection.publish('t', batchOf(n));
      await eventually(() => witness.outlet.texts().at(-1) === String(to), `message ${to}`);
    };
    const goOn = () => {
      outlet.writable = true;
      connection.resume();
    };
    return { publish, outlet, witness: witness.outlet, goOn };
  }

  const small = { maxMessages: 5, overflow: 'drop-oldest' } as const;

  it('goes on where it was, though the topic has dropped that meanwhile', async () => {
    const { publish, outlet, goOn } = await heldBack({ policy: small });
    await publish(2, 20);
    goOn();
    expect(numbers(outlet)).toEqual(range(1, 20));
    await publish(21);
    await outlet.received(21);
    expect(outlet.gaps).toEqual([]);
  });

  it('is sent the same batch as the others, when it comes to that', async () => {
    const { publish, outlet, witness, goOn } = await heldBack();
    const batches = new Map<RecordingOutlet, OutgoingBatch[]>([
      [outlet, []],
      [witness, []],
    ]);
    for (const [each, pushed] of batches) each.onPush = (outgoing) => pushed.push(outgoing);
    await publish(2, 4);
    goOn();
    const [held, live] = batches.values();
    expect(held).toHaveLength(3);
    held.forEach((outgoing, index) => expect(outgoing).toBe(live[index]));
  });

  it('may be held back again on the way', async () => {
    const { publish, outlet, goOn } = await heldBack({ policy: small });
    await publish(2, 20);
    outlet.onPush = () => (outlet.writable = false);
    for (const n of range(2, 20)) {
      goOn();
      expect(outlet.texts().at(-1)).toBe(String(n));
    }
    expect(numbers(outlet)).toEqual(range(1, 20));
  });

  it('is not sent what was purged meanwhile', async () => {
    const { publish, outlet, goOn } = await heldBack();
    await publish(2, 5);
    await core.broker.store.purge('t');
    await publish(6);
    goOn();
    await outlet.received(2);
    expect(numbers(outlet)).toEqual([1, 6]);
    expect(outlet.gaps).toMatchObject([{ from: 2, to: 5, reason: 'purged' }]);
  });

  it('is not sent what has expired meanwhile', async () => {
    const { publish, outlet, goOn } = await heldBack({ policy: { maxAge: 50 } });
    await publish(2);
    await eventually(() => core.broker.store.describe('t')!.messages === 0, 'the end of its life');
    goOn();
    await publish(3);
    await outlet.received(2);
    expect(numbers(outlet)).toEqual([1, 3]);
  });

  it('is not sent what has expired meanwhile, though the topic keeps for ever again', async () => {
    const { publish, outlet, goOn } = await heldBack();
    await publish(2);
    const { store } = core.broker;
    const { policy } = store.describe('t')!;
    await store.updateTopic('t', { ...policy, maxAge: 10 });
    await eventually(() => store.describe('t')!.messages === 0, 'the end of its life');
    await store.updateTopic('t', policy);
    await publish(3);
    goOn();
    await outlet.received(2);
    expect(numbers(outlet)).toEqual([1, 3]);
    expect(outlet.gaps).toMatchObject([{ from: 2, to: 2, reason: 'age' }]);
  });

  it('spares nobody who begins meanwhile the gap that is before it', async () => {
    const { publish } = await heldBack({ policy: small });
    await publish(2, 20);
    const { connection, outlet } = core.connect();
    const from = { sequence: 3, epoch: 'of another life' };
    (await connection.subscribe({ topic: 't', from })).start();
    await outlet.received(5);
    expect(numbers(outlet)).toEqual(range(16, 20));
    expect(outlet.gaps).toMatchObject([{ from: 3, to: 15, reason: 'epoch' }]);
  });

  it('is told of a gap where the topic has dropped what the caches had no room for', async () => {
    const policy = { maxMessages: 2, overflow: 'drop-oldest' } as const;
    const { publish, outlet, goOn } = await heldBack({ policy, limits: { maxHeadBytes: 50_000 } });
    await publish(2, 5);
    goOn();
    expect(numbers(outlet)).toEqual(range(1, 5));
    outlet.writable = false;
    await publish(6, 100);
    goOn();
    await outlet.received(7);
    expect(numbers(outlet)).toEqual([...range(1, 5), 99, 100]);
    expect(outlet.gaps).toMatchObject([{ from: 6, to: 98, reason: 'overflow' }]);
  });
});

describe('the cache', () => {
  const outgoing = (firstSequence: number, bytes: number): OutgoingBatch =>
    new OutgoingBatch({
      topic: 't',
      firstSequence,
      timestamp: 0,
      messages: MessageBatch.of(Buffer.alloc(bytes)),
    });

  it('lets the oldest of a topic go, and gives all back when it is cleared', () => {
    const budget = new HeadBudget(64 * MIB);
    const cache = new HeadCache(budget);
    for (const n of range(1, 10)) cache.add(outgoing(n, MIB));
    expect(cache.at(10)).toBeDefined();
    expect(cache.at(1)).toBeUndefined();
    cache.clear();
    expect(cache.at(10)).toBeUndefined();
    expect(budget.take(64 * MIB)).toBe(true);
  });

  it('holds the memory of what it keeps, until it lets go of it', () => {
    const memory = new PayloadMemory({ poison: true });
    const cache = new HeadCache(new HeadBudget(64 * MIB));
    const held = range(1, 3).map((n) => {
      const messages = MessageBatch.of(Buffer.alloc(10_000, 'x')).copied(memory);
      messages.lease!.own();
      cache.add(new OutgoingBatch({ topic: 't', firstSequence: n, timestamp: 0, messages }));
      messages.lease!.release();
      return messages;
    });
    expect(memory.free).toBe(0);
    cache.dropThrough(1);
    expect(memory.free).toBe(12_288);
    expect(() => held[0].payload(0)).toThrow('gone');
    expect(Buffer.from(held[1].lentBytes).toString()).toBe('x'.repeat(10_000));
    cache.clear();
    expect(memory.free).toBe(3 * 12_288);
  });

  it('counts the whole of a chunk that a batch is a small part of', () => {
    const budget = new HeadBudget(MIB);
    const cache = new HeadCache(budget);
    const chunk = Buffer.alloc(64 * 1024);
    for (const n of range(1, 100)) {
      const messages = MessageBatch.of(chunk.subarray(0, 10));
      cache.add(new OutgoingBatch({ topic: 't', firstSequence: n, timestamp: 0, messages }));
    }
    const held = range(1, 100).filter((n) => cache.at(n) !== undefined);
    expect(held).toEqual(range(86, 100));
  });

  it('has nothing where all topics together have no room', () => {
    const cache = new HeadCache(new HeadBudget(1000));
    cache.add(outgoing(1, 10));
    cache.add(outgoing(2, 1000));
    expect(cache.at(1)).toBeUndefined();
    expect(cache.at(2)).toBeUndefined();
  });

  it('finds nothing in a hole', () => {
    const cache = new HeadCache(new HeadBudget(MIB));
    cache.add(outgoing(1, 10));
    cache.add(outgoing(5, 10));
    expect([0, 1, 2, 4, 5, 6].map((at) => cache.at(at)?.batch.firstSequence)).toEqual([
      undefined,
      1,
      undefined,
      undefined,
      5,
      undefined,
    ]);
  });
});
