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
