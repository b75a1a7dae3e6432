import { MAX_DELAY, MessageBatch } from '@pochta/protocol';
import { batchOf, startCore, withCode, type TestCore } from '@pochta/testing';

describe('a publish', () => {
  let core: TestCore;
  const start = async (): Promise<TestCore> => (core = await startCore());
  afterEach(() => core.stop());

  it('refuses what the engine cannot do, and stores the rest in order with what follows', async () => {
    const { connection, outlet } = (await start()).connect();
    const capabilities = { ...core.store.capabilities, delays: false };
    Object.defineProperty(core.store, 'capabilities', { value: capabilities });
    await connection.publish('t', batchOf(0));
    const mixed = new MessageBatch(3, Buffer.from('123'), Uint32Array.of(1, 2, 3), [
      undefined,
      { deliverAt: 1 },
      { priority: 0 },
    ]);
    const [first, second] = await Promise.all([
      connection.publish('t', mixed),
      connection.publish('t', batchOf(4)),
    ]);
    expect(first.outcomes).toEqual([undefined, withCode('NOT_SUPPORTED'), undefined]);
    expect(first.outcomes![1]!.message).toContain('memory');
    expect(second).toEqual({ lastSequence: 4 });
    (await connection.subscribe({ topic: 't' })).start();
    await outlet.received(4);
    expect(outlet.texts()).toEqual(['0', '1', '3', '4']);
  });

  it('refuses a time that is too far away, for that message only', async () => {
    const { connection } = (await start()).connect();
    const now = Date.now();
    const hour = 3_600_000;
    const times = [now + MAX_DELAY + hour, now + MAX_DELAY - hour, now - 2 * hour, now - hour / 2];
    const due = times.map((deliverAt) => ({ deliverAt }));
    const batch = new MessageBatch(4, Buffer.from('1234'), Uint32Array.of(1, 2, 3, 4), due);
    const { outcomes } = await connection.publish('t', batch);
    const refused = withCode('DELAY_OUT_OF_RANGE');
    expect(outcomes).toEqual([refused, undefined, refused, undefined]);
    expect(core.store.describe('t')).toMatchObject({ messages: 1, delayed: 1 });
  });
});
