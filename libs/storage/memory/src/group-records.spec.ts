import { batchOf, GroupTester, numbered, StoreFixture, until } from '@pochta/storage-contract/testing';
import { EmbeddedStore } from '@pochta/storage-embedded';
import { CountingMedium } from './counting-medium.fixture';

const [ACKED, RETRIES] = [17, 18];
/** Records, or batches, that one commit removes of what is left behind. */
const SLICE = 1000;
const MANY = 2500;
const CONFIG = { ackDeadline: 1000, maxDeliveries: 5, backoffMin: 100_000, backoffMax: 100_000 };
let medium: CountingMedium;
let fixture: StoreFixture;
const join = (group = 'g') => GroupTester.join(fixture, 'a', group, { config: CONFIG });
const records = (space: number) => medium.count(1, space);
const most = (what: 'records' | 'removed') => Math.max(...medium.commits.map((counts) => counts[what]));

beforeEach(async () => {
  medium = new CountingMedium();
  fixture = new StoreFixture({ create: (clock) => new EmbeddedStore('memory', medium, { clock }) }, {});
  await fixture.open();
});
afterEach(() => fixture.remove());

/** Fetches until so many were handed out: one fetch may give fewer than it could. */
async function fetch(tester: GroupTester, count: number): Promise<void> {
  for (let fetched = 0; fetched < count; await tester.settled()) {
    fetched += (await tester.counts(count - fetched)).length;
  }
}

/** A member that has nacked so many. */
async function failed(group: string): Promise<GroupTester> {
  const tester = await join(group);
  await fetch(tester, MANY);
  await tester.member.nack(Array.from({ length: MANY }, (_, index) => index + 1));
  return tester;
}

describe('the retries of a topic', () => {
  beforeEach(async () => {
    await fixture.topic('a', { maxMessages: 1_000_000 });
    await fixture.append('a', ...numbered(MANY));
  });

  test('are not removed by a purge one by one, but behind it, slice by slice, whatever is done with the topic', async () => {
    const testers = [await failed('g'), await failed('h')];
    expect(records(RETRIES)).toBe(2 * MANY);
    medium.commits.length = 0;
    await fixture.store.purge('a');
    expect(medium.commits[0].records).toBeLessThan(10);
    for (const tester of testers) {
      expect(tester.info()).toMatchObject({ waiting: 0, lost: MANY, backlog: 0, inFlight: 0 });
    }
    await until(() => records(RETRIES) === 0);
    expect(most('records')).toBeLessThanOrEqual(SLICE);
    await testers[0].pass(CONFIG.backoffMax * 2);
    expect(await testers[0].texts()).toEqual([]);
  });

  test('begin anew after a purge, also in its turn, and when the purge fails they are as before', async () => {
    const tester = await failed('g');
    medium.failures = 1;
    await expect(fixture.store.purge('a')).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(tester.info()).toMatchObject({ waiting: MANY, lost: 0 });
    await Promise.all([fixture.store.purge('a'), fixture.append('a', 'x'), fixture.store.purge('a')]);
    expect(tester.info()).toMatchObject({ waiting: 0, lost: MANY + 1 });
    await fixture.append('a', 'y');
    expect(await tester.counts()).toEqual([[MANY + 2, 1]]);
    await tester.member.nack([MANY + 2]);
    await until(() => records(RETRIES) === 1);
    expect(tester.info()).toMatchObject({ waiting: 1, backlog: 0 });
    await tester.pass(CONFIG.backoffMax * 2);
    expect(await tester.counts()).toEqual([[MANY + 2, 2]]);
    await tester.member.ack([MANY + 2]);
    expect([records(RETRIES), tester.info()]).toMatchObject([0, { waiting: 0, backlog: 0 }]);
  });

  test('go with their group, from an idle topic as well, and so do its marks', async () => {
    await failed('g');
    await fixture.append('a', 'x', 'y');
    await fixture.store.resetGroup('a', 'g', 'earliest');
    await until(() => records(RETRIES) === 0);
    const tester = await failed('g');
    await tester.fetch();
    await tester.member.ack([MANY + 2]);
    expect([records(ACKED), records(RETRIES)]).toEqual([1, MANY]);
    medium.commits.length = 0;
    await fixture.store.deleteGroup('a', 'g');
    expect(medium.commits[0].records).toBeLessThan(10);
    await until(() => records(ACKED) + records(RETRIES) === 0);
    expect(most('records')).toBeLessThanOrEqual(2 * SLICE);
  });

  test('their removal is tried again when it fails', async () => {
    await failed('g');
    await fixture.store.deleteGroup('a', 'g');
    medium.failures = 1;
    await until(() => medium.failures === 0);
    expect(records(RETRIES)).toBe(MANY);
    await until(() => {
      fixture.clock.advance(1000);
      return records(RETRIES) === 0;
    });
  });
});

test('what a group has ever lost and given up is kept when it is reset in the turn of a terminate and a purge', async () => {
  await fixture.topic('a');
  await fixture.append('a', '1', '2', '3');
  const tester = await join();
  await tester.fetch(1);
  const { store } = fixture;
  const terminated = tester.member.terminate([1]);
  await Promise.all([terminated, store.purge('a'), store.resetGroup('a', 'g', 'new')]);
  expect(store.groups('a')).toMatchObject([{ deadLetters: 1, lost: 2, backlog: 0, waiting: 0 }]);
});

describe('a work queue of many batches', () => {
  beforeEach(async () => {
    await fixture.topic('a', { maxMessages: 1_000_000, retention: 'work-queue' });
    await Promise.all(numbered(MANY).map((text) => fixture.append('a', text)));
  });
  const held = () => fixture.store.describe('a')!.messages;

  test('removes what a lagging group was the last to need in slices', async () => {
    const tester = await join();
    await join('lagging');
    const all = Array.from({ length: MANY }, (_, index) => index + 1);
    await fetch(tester, MANY);
    await tester.member.ack(all.slice(1));
    expect(held()).toBe(MANY);
    medium.commits.length = 0;
    await fixture.store.deleteGroup('a', 'lagging');
    await until(() => held() === 1);
    expect(await fixture.held('a')).toEqual(['0']);
    expect(most('removed')).toBe(SLICE);
    expect(tester.info()).toMatchObject({ ackFloor: 1, backlog: 0, inFlight: 1, lost: 0 });
  });

  test('removes what is acked at once in slices, also what is acked in between', async () => {
    const tester = await join();
    const all = Array.from({ length: MANY }, (_, index) => index + 1);
    await fetch(tester, MANY);
    medium.commits.length = 0;
    await Promise.all([
      tester.member.ack(all.filter((sequence) => sequence % 2 === 0)),
      tester.member.ack([1, 3, 5, MANY - 1]),
    ]);
    await until(() => held() === MANY / 2 - 4);
    expect(most('removed')).toBe(SLICE);
    await tester.member.ack(
      all.filter((sequence) => sequence % 2 === 1 && sequence > 5 && sequence < MANY - 1),
    );
    await until(() => held() === 0);
    expect(tester.info()).toMatchObject({ ackFloor: MANY + 1, backlog: 0, lost: 0 });
  });
});

test('an append at the limit does not search the whole log again after each low ack', async () => {
  const [batches, size] = [10, 10_000];
  await fixture.topic('a', { maxMessages: batches * size });
  for (let batch = 0; batch < batches; batch++) await fixture.store.append('a', batchOf(numbered(size)));
  const [ahead, behind] = [await join('ahead'), await join('behind')];
  const all = Array.from({ length: batches * size }, (_, index) => index + 1);
  for (const tester of [ahead, behind]) await fetch(tester, all.length);
  await ahead.member.ack(all);
  await behind.member.ack([batches * size]);
  await fixture.append('a', 'x');
  for (let sequence = 50; sequence > 40; sequence--) {
    await behind.member.ack([sequence]);
    medium.lookedUp = 0;
    expect(await fixture.store.append('a', batchOf(['y']))).toMatchObject({ stored: 1 });
    expect(medium.lookedUp).toBeLessThan(10);
  }
  expect(behind.info()).toMatchObject({ ackFloor: 1, inFlight: all.length - 11, backlog: 11, lost: 0 });
});

test('a record that cannot be read when an ack is done does not hold up later commits', async () => {
  await fixture.topic('a', { retention: 'work-queue', maxMessages: 10_000 });
  await fixture.append('a', ...numbered(3000));
  const tester = await join();
  await fetch(tester, 1500);
  let open!: () => void;
  medium.gate = new Promise((resolve) => (open = resolve));
  const { attempts } = medium;
  const acked = tester.member.ack([2]);
  await until(() => medium.attempts > attempts);
  medium.areRecordsUnreadable = true;
  open();
  await acked;
  await expect(tester.fetch()).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  medium.areRecordsUnreadable = false;
  await fixture.append('a', 'x');
  expect((await tester.counts(1))[0]).toEqual([1501, 1]);
});
