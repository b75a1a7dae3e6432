import type { Clock } from '@pochta/storage-contract';
import { GroupTester, messagesOf, numbered, StoreFixture, until } from '@pochta/storage-contract/testing';
import { MemoryStore } from './memory-store';

/** Messages that one fetch looks at beside those that it gives. */
const EXAMINED = 1000;
const CONFIG = { ackDeadline: 1000, maxDeliveries: 5, backoffMin: 100, backoffMax: 100 };
let fixture: StoreFixture;
const join = (topic = 'a', group = 'g') => GroupTester.join(fixture, topic, group, { config: CONFIG });

beforeEach(async () => {
  fixture = new StoreFixture({ create: (clock) => new MemoryStore({ clock }) }, {});
  await fixture.open();
  await fixture.topic('a', { maxMessages: 100_000 });
});
afterEach(() => fixture.remove());

/** Messages of one key, and one that has none. */
async function appendKeyed(count: number): Promise<void> {
  const keyed = numbered(count).map((text) => [text, { key: 'k' }] as const);
  await fixture.store.append('a', messagesOf(...keyed, 'other'));
}

/** Fetches until it is given something; gives it, and how many fetches gave nothing. */
async function fetchOn(tester: GroupTester, maxMessages = 1000): Promise<[texts: string[], empty: number]> {
  for (let empty = 0; ; empty++) {
    tester.heard.length = 0;
    const texts = await tester.texts(maxMessages);
    if (texts.length > 0) return [texts, empty];
    await until(() => tester.heard.includes('ready'));
  }
}

describe('what one fetch looks at is limited, and its member is told when it may go on:', () => {
  test('messages that wait for their key', async () => {
    await appendKeyed(5000);
    const tester = await join();
    expect(await tester.texts()).toEqual(['0']);
    expect(tester.info().waiting).toBeLessThanOrEqual(EXAMINED);
    await until(() => tester.heard.includes('ready'));
    const [texts, empty] = await fetchOn(tester);
    expect([texts, empty]).toEqual([['other'], 3]);
    expect(tester.info()).toMatchObject({ inFlight: 2, waiting: 4999, backlog: 0 });
  });

  test('large messages that wait for their key', async () => {
    const large = Buffer.alloc(100_000, 'x').toString();
    const keyed = numbered(40).map((text) => [text, { key: 'k', headers: { large } }] as const);
    await fixture.store.append('a', messagesOf(...keyed, 'other'));
    const tester = await join();
    await tester.texts();
    expect(tester.info().waiting).toBeLessThanOrEqual(11);
    expect((await fetchOn(tester))[0]).toEqual(['other']);
  });

  test('older messages that one of a higher priority has to be compared with', async () => {
    const before = numbered(5000).map((text) => [text, { key: text }] as const);
    await fixture.store.append('a', messagesOf(...before, ['urgent', { key: 'k', priority: 1 }]));
    const tester = await join();
    expect(await fetchOn(tester, 1)).toEqual([['urgent'], 5]);
    expect(await tester.texts(2)).toEqual(['0', '1']);
  });

  test('messages that are acked, and holes', async () => {
    const plain = numbered(100_000);
    for (let from = 0; from < plain.length; from += 10_000) {
      await fixture.append('a', ...plain.slice(from, from + 10_000));
    }
    const [first, other] = [await join(), await join()];
    await first.fetch(1);
    for (let from = 2; from < 100_000; from += 10_000) {
      const sequences = (await other.counts(10_000)).map(([sequence]) => sequence);
      await other.member.ack(sequences);
    }
    await fixture.append('a', 'last');
    expect((await fetchOn(other))[0]).toEqual(['last']);
    expect(other.info()).toMatchObject({ ackFloor: 1, inFlight: 2, backlog: 0 });
  });
});

test('many groups that have much to look at do so one in a turn', async () => {
  await appendKeyed(5000);
  const testers = await Promise.all(numbered(10, 'g').map((group) => join('a', group)));
  await Promise.all(testers.map((tester) => tester.texts()));
  for (const tester of testers) tester.heard.length = 0;
  const told = (): number => testers.filter(({ heard }) => heard.length > 0).length;
  let before = told();
  while (told() < testers.length) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(told() - before).toBeLessThanOrEqual(1);
    before = told();
  }
  for (const tester of testers) expect((await fetchOn(tester))[0]).toEqual(['other']);
});

test('the groups of all topics together are limited', async () => {
  fixture = new StoreFixture({ create: (clock) => new MemoryStore({ clock, maxGroups: 3 }) }, {});
  await fixture.open();
  for (const topic of ['a', 'b']) await fixture.topic(topic);
  const open = (topic: string, group: string) => fixture.store.openGroup(topic, group, {});
  const tooMany = { code: 'TOO_MANY_GROUPS' };
  await open('a', 'g');
  await open('b', 'g');
  await open('b', 'h');
  await expect(open('a', 'h')).rejects.toMatchObject(tooMany);
  await open('b', 'h');
  await fixture.store.deleteGroup('b', 'h');
  await open('a', 'h');
  await expect(open('a', 'i')).rejects.toMatchObject(tooMany);
  await fixture.store.deleteTopic('a');
  await open('b', 'h');
  await open('b', 'i');
  await expect(open('b', 'j')).rejects.toMatchObject(tooMany);
});

describe('a group without members', () => {
  test('keeps nothing in memory of what was parked, waits or was handed out, and has no timer', async () => {
    await appendKeyed(10);
    const waiting = fixture.clock.waiting;
    const tester = await join();
    await tester.texts();
    await tester.member.nack([11], 500);
    expect(fixture.clock.waiting).toBe(waiting + 1);
    expect(tester.info()).toMatchObject({ inFlight: 1, waiting: 10, backlog: 0 });
    tester.member.leave();
    expect(fixture.clock.waiting).toBe(waiting);
    expect(tester.info()).toMatchObject({ inFlight: 0, waiting: 1, backlog: 10, members: 0 });
    expect(tester.group.ready).toBe(0);
    await expect(tester.member.ack([1])).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT' });
    const again = await join();
    expect(await again.counts()).toEqual([[1, 1]]);
    await again.pass(500);
    expect(await again.counts()).toEqual([[11, 2]]);
  });

  test('goes on with what its last member asked for', async () => {
    await fixture.append('a', '1', '2', '3');
    const tester = await join();
    await tester.texts();
    const settled = [tester.member.ack([1]), tester.member.nack([2], 100), tester.member.terminate([3])];
    tester.member.leave();
    await Promise.all(settled);
    expect(tester.info()).toMatchObject({ ackFloor: 2, inFlight: 0, waiting: 1, deadLetters: 1, backlog: 0 });
    const again = await join();
    await again.pass(100);
    expect(await again.counts()).toEqual([[2, 2]]);
  });

  test('tells the next member of holes that no other was told of, and of no other', async () => {
    await fixture.topic('b', { maxMessages: 10, overflow: 'drop-oldest' });
    await fixture.append('b', ...numbered(10));
    const first = await join('b');
    await fixture.append('b', ...numbered(2));
    expect((await first.fetch(3)).holes).toMatchObject([{ from: 1, to: 2 }]);
    await first.member.ack([3]);
    first.member.leave();
    await fixture.append('b', ...numbered(5));
    const second = await join('b');
    expect((await second.fetch(1)).holes).toMatchObject([{ from: 6, to: 7 }]);
    expect(second.info()).toMatchObject({ ackFloor: 8, lost: 6, inFlight: 1, backlog: 9 });
  });

  test('takes what failed into memory in parts when it has one again', async () => {
    await fixture.append('a', ...numbered(5000));
    const tester = await join();
    const sequences = (await tester.counts(5000)).map(([sequence]) => sequence);
    await tester.member.nack(sequences, 0);
    tester.member.leave();
    const again = await join();
    expect(await again.texts()).toEqual([]);
    await until(() => again.heard.includes('ready'));
    expect((await again.counts(5000)).length).toBe(5000);
  });

  test('passes what it had acked in parts when it has one again', async () => {
    for (let from = 0; from < 10; from++) await fixture.append('a', ...numbered(10_000));
    const tester = await join();
    await tester.texts(1);
    for (let from = 0; from < 10; from++) {
      await tester.member.ack((await tester.counts(10_000)).map(([sequence]) => sequence));
    }
    await tester.member.nack([1], 60_000);
    tester.member.leave();
    await fixture.store.take('a', 1);
    await fixture.append('a', 'last');
    const again = await join();
    expect((await fetchOn(again))[0]).toEqual(['last']);
  });
});

describe('what the groups of a store keep together', () => {
  beforeEach(async () => {
    const create = (clock: Clock) => new MemoryStore({ clock, maxUnsettledInAll: 2000 });
    fixture = new StoreFixture({ create }, {});
    await fixture.open();
    await fixture.topic('a', { maxMessages: 100_000 });
  });

  test('is limited: at the limit each keeps 1,000 beside what is in flight, and others go on', async () => {
    await appendKeyed(3000);
    const [one, other] = [await join('a', 'one'), await join('a', 'other')];
    for (const tester of [one, other]) {
      for (let turn = 0; turn < 5; turn++) {
        await tester.texts();
        await tester.settled();
      }
    }
    expect(one.info()).toMatchObject({ inFlight: 1, waiting: 1999 });
    expect(other.info()).toMatchObject({ inFlight: 1, waiting: 1000 });
    await other.member.ack([1]);
    expect(await other.texts()).toEqual(['1']);
    await fixture.topic('b', { maxMessages: 100_000 });
    await fixture.append('b', ...numbered(3000));
    const third = await join('b', 'third');
    expect(await third.texts(3000)).toEqual(numbered(3000));
  });

  test('has room again when one of them has nobody any more, and others are told', async () => {
    await appendKeyed(1500);
    const [one, other] = [await join('a', 'one'), await join('a', 'other')];
    for (const tester of [one, one, one, other, other, other]) {
      await tester.texts();
      await tester.settled();
    }
    expect(other.info()).toMatchObject({ inFlight: 1, waiting: 1000 });
    other.heard.length = 0;
    one.member.leave();
    await until(() => other.heard.includes('ready'));
    expect((await fetchOn(other))[0]).toEqual(['other']);
  });
});

describe('what one commit has to move for a group', () => {
  const MIB = 1 << 20;

  test('is limited for one member: with 64 MiB in flight it gets no more until some are settled', async () => {
    await fixture.topic('large', { maxMessages: 1000, maxBytes: 1000 * MIB });
    const payload = Buffer.alloc(MIB, 'x').toString();
    for (let from = 0; from < 70; from += 10) {
      await fixture.append('large', ...Array.from({ length: 10 }, () => payload));
    }
    const [one, other] = [await join('large'), await join('large')];
    expect((await one.counts(10)).length).toBe(1);
    const given = async () => (await one.member.fetch(100, 100 * MIB)).deliveries.map(({ batch }) => batch);
    while ((await given()).length > 0);
    expect([one.member.inFlight, one.member.full, other.member.full]).toEqual([64, true, false]);
    expect((await other.counts(1)).length).toBe(1);
    one.heard.length = 0;
    await one.member.ack([1, 2]);
    await one.settled();
    expect([one.heard, one.member.full]).toEqual([['ready'], false]);
    await given();
    expect([one.member.inFlight, one.member.full]).toEqual([64, true]);
    one.member.release([3]);
    expect(one.member.full).toBe(false);
  });

  test('is limited where deadlines have passed: 1,000 messages, then the next ones', async () => {
    await fixture.append('a', ...numbered(3500));
    const tester = await join();
    await tester.fetch(3500);
    fixture.clock.advance(1000);
    const steps = new Set<number>();
    await until(() => {
      steps.add(tester.info().waiting);
      return tester.info().inFlight === 0;
    });
    expect([...steps]).toEqual([1000, 2000, 3000, 3500]);
    await tester.settled();
    await tester.pass(120);
    expect((await tester.counts(3500)).length).toBe(3500);
  });
});
