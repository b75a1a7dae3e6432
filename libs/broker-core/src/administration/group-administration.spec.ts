import { DEFAULT_LIMITS } from '@pochta/protocol';
import type { GroupInfo } from '@pochta/storage-contract';
import { batchOf, startCore, type TestCore } from '@pochta/testing';
import { Administration } from './administration';

const infoOf = (name: string): GroupInfo => ({
  topic: 't',
  name,
  config: { ackDeadline: 30_000, maxDeliveries: 5, backoffMin: 1000, backoffMax: 60_000 },
  ackFloor: 1,
  inFlight: 0,
  waiting: 0,
  backlog: 0,
  lost: 0,
  deadLetters: 0,
  members: 0,
});

let core: TestCore;
const asked: unknown[] = [];
const start = async () => {
  asked.length = 0;
  core = await startCore();
  const { store } = core;
  store.groups = () => [infoOf('b'), infoOf('a')];
  store.resetGroup = (...call: unknown[]) => {
    asked.push(call);
    return Promise.resolve(infoOf('a'));
  };
  store.deleteGroup = (...call: unknown[]) => {
    asked.push(call);
    return Promise.resolve();
  };
  await core.connect().connection.publish('t', batchOf(1));
  return new Administration(core.broker).groups;
};
afterEach(() => core.stop());

describe('consumer groups', () => {
  it('are listed in the order of their names, and told one by one', async () => {
    const groups = await start();
    expect(groups.list('t')).toEqual({ groups: [infoOf('a'), infoOf('b')] });
    expect(groups.info('t', 'b')).toEqual(infoOf('b'));
    expect(() => groups.info('t', 'c')).toThrow(expect.objectContaining({ code: 'GROUP_UNKNOWN' }));
  });

  it('are listed page by page', async () => {
    const groups = await start();
    core.store.groups = () => ['d', 'b', 'a', 'c'].map(infoOf);
    expect(groups.list('t', { limit: 2 })).toEqual({ groups: [infoOf('a'), infoOf('b')], next: 'b' });
    // The group that the page begins behind may be gone.
    expect(groups.list('t', { limit: 2, after: 'bb' })).toEqual({ groups: [infoOf('c'), infoOf('d')] });
    expect(groups.list('t', { after: 'd' })).toEqual({ groups: [] });
  });

  it('with long names were all one reply, which no frame could hold', async () => {
    const groups = await start();
    const names = Array.from({ length: 999 }, (_, index) => String(index).padStart(2000, 'ж'));
    core.store.groups = () => names.map(infoOf);
    const listed: string[] = [];
    for (let after: string | undefined, more = true; more;) {
      const page = groups.list('t', { limit: 1000, after });
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(DEFAULT_LIMITS.maxFrameBytes);
      listed.push(...page.groups.map(({ name }) => name));
      after = page.next;
      more = after !== undefined;
    }
    expect(listed).toEqual([...names].sort());
  });

  it('are reset and deleted', async () => {
    const groups = await start();
    expect(await groups.reset('t', 'a', { sequence: 1 })).toEqual(infoOf('a'));
    await groups.delete('t', 'b');
    expect(asked).toEqual([
      ['t', 'a', { sequence: 1 }],
      ['t', 'b'],
    ]);
  });

  it('are those of a topic that exists', async () => {
    const groups = await start();
    const unknown = expect.objectContaining({ code: 'TOPIC_UNKNOWN' }) as Error;
    expect(() => groups.list('x')).toThrow(unknown);
    expect(() => groups.info('x', 'a')).toThrow(unknown);
    await expect(groups.reset('x', 'a', 'new')).rejects.toEqual(unknown);
    await expect(groups.delete('x', 'a')).rejects.toEqual(unknown);
    expect(asked).toEqual([]);
  });
});
