import { batchOf, GroupTester, messagesOf, numbered, StoreFixture } from '@pochta/storage-contract/testing';
import { EmbeddedStore } from '@pochta/storage-embedded';
import { FaultyMedium } from './faulty-medium.fixture';

const CONFIG = { ackDeadline: 1000, maxDeliveries: 2, backoffMin: 100, backoffMax: 100 };
/** Of messages that a group keeps track of. */
const LIMIT = 10;
const failed = { code: 'STORAGE_FAILED' };
let medium: FaultyMedium;
let fixture: StoreFixture;
const join = (group = 'g') => GroupTester.join(fixture, 'a', group, { config: CONFIG });

beforeEach(async () => {
  medium = new FaultyMedium();
  fixture = new StoreFixture(
    { create: (clock) => new EmbeddedStore('memory', medium, { clock, maxUnsettled: LIMIT }) },
    {},
  );
  await fixture.open();
  await fixture.topic('a', { maxMessages: 100 });
});
afterEach(() => fixture.remove());

describe('when the commit fails', () => {
  beforeEach(() => fixture.append('a', '1', '2', '3', '4'));

  test('what was to be settled is in flight again, and its deadline begins anew', async () => {
    const tester = await join();
    const { member } = tester;
    await tester.fetch();
    await tester.pass(900);
    medium.failures = 1;
    const results = await Promise.allSettled([
      member.ack([1]),
      member.nack([2]),
      member.terminate([3]),
      fixture.store.transact([{ kind: 'ack', member, sequences: [4] }]),
    ]);
    expect(results).toMatchObject(results.map(() => ({ status: 'rejected', reason: failed })));
    expect(tester.info()).toMatchObject({ ackFloor: 1, inFlight: 4, waiting: 0, deadLetters: 0, backlog: 0 });
    expect([...fixture.store.topics()]).toEqual(['a']);
    await tester.pass(999);
    await member.ack([1]);
    await member.nack([2], 0);
    await member.terminate([3]);
    expect(tester.info()).toMatchObject({ ackFloor: 2, inFlight: 1, waiting: 1, deadLetters: 1 });
    expect(await fixture.held('a.dead')).toEqual(['3']);
  });

  test('what was to be settled by a member that has left is handed back', async () => {
    const [one, other] = [await join(), await join()];
    await one.fetch();
    await other.fetch();
    other.heard.length = 0;
    medium.failures = 1;
    const acked = one.member.ack([1, 2]);
    one.member.leave();
    await expect(acked).rejects.toMatchObject(failed);
    expect(await other.counts()).toEqual([1, 2, 3, 4].map((sequence) => [sequence, 1]));
    expect(one.member.inFlight).toBe(0);
  });

  test('a deadline that has passed is written later, at most once a second, and the message is nobody’s until then', async () => {
    const tester = await join();
    await tester.fetch(2);
    medium.failures = 1;
    await tester.pass(1000);
    expect(tester.info()).toMatchObject({ inFlight: 0, waiting: 2 });
    expect(await tester.counts()).toEqual([
      [3, 1],
      [4, 1],
    ]);
    await tester.member.ack([3, 4]);
    medium.failures = 1;
    await tester.pass(999);
    await expect(fixture.append('a', 'x')).rejects.toMatchObject(failed);
    medium.failures = 1;
    await tester.pass(1);
    await tester.pass(120);
    expect(await tester.counts()).toEqual([]);
    await tester.pass(1000);
    await tester.pass(120);
    expect(await tester.counts()).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  test('a group is neither created, nor reset, nor deleted, and its members go on', async () => {
    const tester = await join();
    await tester.fetch(2);
    await tester.member.ack([2]);
    const before = fixture.store.groups('a');
    for (const change of [
      () => fixture.store.openGroup('a', 'h', {}),
      () => fixture.store.resetGroup('a', 'g', 'new'),
      () => fixture.store.deleteGroup('a', 'g'),
      () => fixture.store.deleteTopic('a'),
      () => fixture.store.purge('a'),
      () => fixture.store.take('a', 1),
    ]) {
      medium.failures = 1;
      await expect(change()).rejects.toMatchObject(failed);
      expect(fixture.store.groups('a')).toEqual(before);
    }
    expect(fixture.store.describe('a')).toMatchObject({ groups: 1 });
    await tester.member.ack([1]);
    expect(tester.info()).toMatchObject({ ackFloor: 3 });
    expect(await tester.texts()).toEqual(['3', '4']);
    expect(tester.heard).not.toContain('closed');
  });

  test('a full topic has let nothing go', async () => {
    await fixture.store.updateTopic('a', fixture.policy({ maxMessages: 4 }));
    const tester = await join();
    await tester.fetch();
    await tester.member.ack([1, 3]);
    medium.failures = 1;
    await expect(fixture.append('a', '5', '6')).rejects.toMatchObject(failed);
    expect(await fixture.held('a')).toEqual(['1', '2', '3', '4']);
    expect(await fixture.store.append('a', batchOf(['5', '6', '7']))).toMatchObject({ stored: 2 });
    expect(await fixture.held('a')).toEqual(['2', '4', '5', '6']);
  });
});

test('what can be read is given, and what cannot is tried again with each fetch', async () => {
  await fixture.append('a', '1', '2');
  await fixture.append('a', '3');
  const tester = await join();
  medium.unreadableFrom = 3;
  expect(await tester.texts()).toEqual(['1', '2']);
  await expect(tester.fetch()).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  expect([tester.member.inFlight, tester.info().inFlight]).toEqual([2, 2]);
  medium.unreadableFrom = Infinity;
  expect(await tester.counts()).toEqual([[3, 1]]);
});

describe('the messages that a group keeps track of', () => {
  test('are limited: nothing more is fetched until some are settled', async () => {
    await fixture.append('a', ...numbered(LIMIT + 5));
    const tester = await join();
    expect(await tester.texts()).toEqual(numbered(LIMIT));
    expect(await tester.texts()).toEqual([]);
    expect(tester.group.ready).toBe(0);
    tester.heard.length = 0;
    await tester.member.nack([1], 100);
    await tester.settled();
    expect([await tester.texts(), tester.heard]).toEqual([[], []]);
    await tester.member.ack([2, 3]);
    await tester.settled();
    expect(tester.heard).toEqual(['ready']);
    expect(await tester.texts()).toEqual([`${LIMIT}`, `${LIMIT + 1}`]);
    await tester.pass(100);
    expect(await tester.counts()).toEqual([[1, 2]]);
  });

  test('count those that are parked behind their key', async () => {
    const messages = numbered(LIMIT + 2).map((text) => [text, { key: 'k' }] as const);
    await fixture.store.append('a', messagesOf(...messages, 'other'));
    const tester = await join();
    expect(await tester.texts()).toEqual(['0']);
    expect(tester.info()).toMatchObject({ inFlight: 1, waiting: LIMIT - 1, backlog: 3 });
    await tester.member.ack([1]);
    expect(await tester.texts()).toEqual(['1']);
    await tester.member.ack([2]);
    await tester.fetch();
    await tester.member.ack([3]);
    expect(await tester.texts()).toEqual(['3', 'other']);
  });

  test('a keyed message of a higher priority goes ahead when all before it can be looked at', async () => {
    const before = numbered(LIMIT - 1).map((text) => [text, { key: text }] as const);
    await fixture.store.append('a', messagesOf(...before, ['urgent', { key: 'k', priority: 1 }]));
    expect(await (await join()).texts(1)).toEqual(['urgent']);
  });

  test('one that is further away waits until the group is there; one without a key does not', async () => {
    const before = numbered(LIMIT).map((text) => [text, { key: text }] as const);
    const urgent = [['urgent', { key: 'k', priority: 1 }] as const, ['free', { priority: 1 }] as const];
    await fixture.store.append('a', messagesOf(...before, ...urgent));
    const tester = await join();
    expect(await tester.texts(2)).toEqual(['free', '0']);
    await tester.member.ack([1, LIMIT + 2]);
    expect(await tester.texts()).toEqual([...numbered(LIMIT).slice(1), 'urgent']);
  });
});
