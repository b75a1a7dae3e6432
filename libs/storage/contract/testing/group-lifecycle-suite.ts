import { MAX_GROUPS, type GroupConfig } from '../src/consumer-group';
import { GroupTester } from './group-tester';
import type { Survival } from './restart-suite';
import { numbered, tailsTold, withCode, type StoreFixture } from './store-fixture';

export function describeGroupLifecycle(fixture: () => StoreFixture, survives: Survival): void {
  const open = (config?: Partial<GroupConfig>, group = 'g') =>
    fixture().store.openGroup('a', group, { config });
  const join = (group = 'g') => GroupTester.join(fixture(), 'a', group);

  describe('the groups of a topic', () => {
    describeOpening(fixture, open);
    describeStarts(fixture);
    describeResets(fixture, join);
    describeEnds(fixture, join);
    if (survives === 'all') describeGroupsAfterRestart(fixture, open, join);
  });
}

type Open = (config?: Partial<GroupConfig>, group?: string) => Promise<{ readonly config: GroupConfig }>;
type Join = (group?: string) => Promise<GroupTester>;

function describeOpening(fixture: () => StoreFixture, open: Open): void {
  test('a new group is as the policy says, where its options say nothing', async () => {
    const policy = { ackDeadline: 5000, maxDeliveries: 7, backoffMin: 50, backoffMax: 500 };
    await fixture().topic('a', policy);
    const { config } = await open({ maxDeliveries: 2, ackDeadline: undefined });
    expect(config).toEqual({ ...policy, maxDeliveries: 2 });
    await fixture().store.updateTopic('a', fixture().policy({ maxDeliveries: 9 }));
    expect((await open()).config).toEqual({ ...policy, maxDeliveries: 2 });
    expect(fixture().store.groups('a')).toEqual([
      {
        topic: 'a',
        name: 'g',
        config: { ...policy, maxDeliveries: 2 },
        ackFloor: 1,
        inFlight: 0,
        waiting: 0,
        backlog: 0,
        lost: 0,
        deadLetters: 0,
        members: 0,
      },
    ]);
  });

  test.each(['ackDeadline', 'maxDeliveries', 'backoffMin', 'backoffMax'] as const)(
    'an existing group with another %s is a mismatch that names it',
    async (field) => {
      await fixture().topic('a');
      const { config } = await open();
      await expect(open({ ...config, [field]: config[field] + 1 })).rejects.toMatchObject({
        code: 'GROUP_MISMATCH',
        message: expect.stringContaining(field) as unknown,
      });
      expect(await open({ [field]: config[field] })).toMatchObject({ config });
    },
  );

  test(`a topic has ${MAX_GROUPS} groups, and no more`, async () => {
    await fixture().topic('a');
    await Promise.all(numbered(MAX_GROUPS, 'g').map((name) => open(undefined, name)));
    expect(fixture().store.describe('a')).toMatchObject({ groups: MAX_GROUPS });
    await expect(open()).rejects.toEqual(withCode('TOO_MANY_GROUPS'));
    await fixture().store.deleteGroup('a', 'g7');
    await open();
    expect(fixture().store.describe('a')).toMatchObject({ groups: MAX_GROUPS });
    expect(fixture().store.groups('a')).toHaveLength(MAX_GROUPS);
  });

  test('there are none of a topic that does not exist', async () => {
    await expect(open()).rejects.toEqual(withCode('TOPIC_UNKNOWN'));
    await expect(fixture().store.deleteGroup('a', 'g')).rejects.toEqual(withCode('TOPIC_UNKNOWN'));
    await expect(fixture().store.resetGroup('a', 'g', 'new')).rejects.toEqual(withCode('TOPIC_UNKNOWN'));
    expect(() => fixture().store.groups('a')).toThrow(withCode('TOPIC_UNKNOWN'));
    await fixture().topic('a');
    expect(fixture().store.groups('a')).toEqual([]);
    await expect(fixture().store.deleteGroup('a', 'g')).rejects.toEqual(withCode('GROUP_UNKNOWN'));
    await expect(fixture().store.resetGroup('a', 'g', 'new')).rejects.toEqual(withCode('GROUP_UNKNOWN'));
  });
}

function describeStarts(fixture: () => StoreFixture): void {
  test('a new group begins where it is told to, an existing one goes on', async () => {
    await fixture().topic('a');
    await fixture().append('a', '1', '2');
    const later = (fixture().time += 1000);
    await fixture().append('a', '3', '4');
    const starts = { g: 'earliest', h: 'new', i: 'last', j: { sequence: 2 }, k: { time: later } } as const;
    for (const [name, from] of Object.entries(starts)) await fixture().store.openGroup('a', name, { from });
    await fixture().append('a', '5');
    const got: Record<string, string> = {};
    for (const name of Object.keys(starts)) {
      const tester = await GroupTester.join(fixture(), 'a', name, { from: 'new' });
      got[name] = (await tester.texts()).join('');
    }
    expect(got).toEqual({ g: '12345', h: '5', i: '45', j: '2345', k: '345' });
  });

  test('what was removed before the start is told, and is no loss', async () => {
    await fixture().topic('a');
    await fixture().append('a', '1', '2', '3');
    await fixture().store.purge('a');
    const tester = await GroupTester.join(fixture(), 'a', 'g', { from: { sequence: 2 } });
    await fixture().append('a', '4');
    expect(await tester.fetch()).toMatchObject({
      holes: [{ from: 2, to: 3, reason: 'purged' }],
      deliveries: [{ batch: { firstSequence: 4 } }],
    });
    expect(tester.info()).toMatchObject({ ackFloor: 4, lost: 0 });
  });
}

function describeResets(fixture: () => StoreFixture, join: Join): void {
  test('a group that is reset begins again: what was in flight, acked or failed is forgotten', async () => {
    await fixture().topic('a');
    await fixture().append('a', ...numbered(6));
    const before = await join();
    await before.fetch(5);
    await before.member.ack([1, 2, 4]);
    await before.member.nack([3], 100);
    const late = [before.member.ack([5]), fixture().store.resetGroup('a', 'g', { sequence: 2 })] as const;
    await late[0];
    expect(await late[1]).toMatchObject({ ackFloor: 2, inFlight: 0, waiting: 0, backlog: 5, members: 0 });
    await tailsTold();
    expect(before.heard.at(-1)).toBe('closed');
    expect(await before.fetch()).toEqual({ holes: [], deliveries: [] });
    await expect(before.member.ack([5])).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT', sequences: [5] });
    const tester = await join();
    expect(await tester.counts()).toEqual([2, 3, 4, 5, 6].map((sequence) => [sequence, 1]));
    await before.pass(200_000);
    expect(fixture().store.groups('a')).toHaveLength(1);
  });

  test('an ack that comes after a reset in the same turn finds nothing in flight', async () => {
    await fixture().topic('a');
    await fixture().append('a', '1');
    const before = await join();
    await before.fetch();
    const reset = fixture().store.resetGroup('a', 'g', 'earliest');
    await expect(before.member.ack([1])).rejects.toEqual(withCode('NOT_IN_FLIGHT'));
    expect(await reset).toMatchObject({ ackFloor: 1, backlog: 1 });
  });
}

function describeEnds(fixture: () => StoreFixture, join: Join): void {
  test('a group that is deleted is gone, its members hear of it, and it may be created again', async () => {
    await fixture().topic('a');
    await fixture().append('a', '1', '2');
    const before = await join();
    await before.fetch();
    await before.member.ack([1]);
    await fixture().store.deleteGroup('a', 'g');
    await tailsTold();
    expect(before.heard).toEqual(['closed']);
    expect(fixture().store.groups('a')).toEqual([]);
    expect(fixture().store.describe('a')).toMatchObject({ groups: 0 });
    await expect(before.member.nack([2])).rejects.toEqual(withCode('NOT_IN_FLIGHT'));
    expect(await (await join()).texts()).toEqual(['1', '2']);
  });

  test('the groups of a topic that is deleted are gone with it', async () => {
    await fixture().topic('a');
    await fixture().append('a', '1');
    const before = await join();
    await before.fetch();
    await fixture().store.deleteTopic('a');
    await tailsTold();
    expect(before.heard).toEqual(['closed']);
    await expect(before.member.ack([1])).rejects.toEqual(withCode('NOT_IN_FLIGHT'));
    await fixture().topic('a');
    expect(fixture().store.groups('a')).toEqual([]);
    const tester = await join();
    await fixture().append('a', 'again');
    expect(await tester.texts()).toEqual(['again']);
  });

  test('a closed store gives nothing any more', async () => {
    await fixture().topic('a');
    await fixture().append('a', '1');
    const tester = await join();
    await tester.fetch();
    await fixture().store.close();
    await expect(tester.member.ack([1])).rejects.toEqual(withCode('SHUTTING_DOWN'));
    await expect(tester.member.fetch(1, 1)).rejects.toEqual(withCode('SHUTTING_DOWN'));
    fixture().clock.advance(100_000);
    await tailsTold();
    expect(tester.heard).toEqual([]);
  });
}

function describeGroupsAfterRestart(fixture: () => StoreFixture, open: Open, join: Join): void {
  test('groups are there after a restart, with their config and their ack floors', async () => {
    await fixture().topic('a');
    await fixture().append('a', '1', '2', '3');
    const tester = await join();
    await tester.fetch(2);
    await tester.member.ack([1, 2]);
    await open({ maxDeliveries: 9 }, 'h');
    await open({}, 'gone');
    await fixture().store.deleteGroup('a', 'gone');
    const before = fixture().store.groups('a');
    await fixture().restart();
    expect(fixture().store.groups('a')).toEqual(before.map((info) => ({ ...info, inFlight: 0, members: 0 })));
    expect(fixture().store.describe('a')).toMatchObject({ groups: 2 });
    await expect(open({ maxDeliveries: 8 }, 'h')).rejects.toEqual(withCode('GROUP_MISMATCH'));
    expect(await (await join()).texts()).toEqual(['3']);
    expect(await (await join('h')).texts()).toEqual(['1', '2', '3']);
  });

  test('nothing of a deleted group comes back in one that is created later', async () => {
    await fixture().topic('a', { maxMessages: 10_000 });
    await fixture().append('a', ...numbered(5000));
    const before = await join();
    await before.fetch(5000);
    await before.member.ack(numbered(2500).map((text) => 2 * Number(text) + 2));
    await before.member.nack([1, 3], 0);
    await fixture().store.resetGroup('a', 'g', 'earliest');
    await fixture().restart();
    const tester = await join();
    expect(tester.info()).toMatchObject({ ackFloor: 1, waiting: 0, backlog: 5000 });
    expect(await tester.counts(3)).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });
}
