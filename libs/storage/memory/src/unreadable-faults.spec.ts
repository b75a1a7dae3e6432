import { batchOf, GroupTester, messagesOf, readOn, StoreFixture } from '@pochta/storage-contract/testing';
import { EmbeddedStore } from '@pochta/storage-embedded';
import { FaultyMedium } from './faulty-medium.fixture';

const failed = { code: 'STORAGE_FAILED' };
let medium: FaultyMedium;
let fixture: StoreFixture;
beforeEach(async () => {
  medium = new FaultyMedium();
  fixture = new StoreFixture({ create: (clock) => new EmbeddedStore('memory', medium, { clock }) }, {});
  await fixture.open();
});
afterEach(() => fixture.remove());

/** A full topic of which a group has acked some messages, so that an append reads them to remove them. */
async function fullTopic(overflow: 'reject' | 'drop-oldest'): Promise<void> {
  await fixture.topic('a', { maxMessages: 2, overflow });
  await fixture.append('a', '1');
  await fixture.append('a', '2');
  const tester = await GroupTester.join(fixture, 'a', 'g', {});
  await tester.fetch();
  await tester.member.ack([1]);
}

test.each(['reject', 'drop-oldest'] as const)(
  'ids of an append that failed to make room are not remembered, and nothing is stored: %s',
  async (overflow) => {
    await fullTopic(overflow);
    const before = fixture.store.describe('a');
    medium.unreadableFrom = 1;
    const batch = batchOf(['3'], ['p-3']);
    await expect(fixture.store.append('a', batch)).rejects.toMatchObject(failed);
    expect(fixture.store.describe('a')).toEqual(before);
    medium.unreadableFrom = Infinity;
    expect(await fixture.store.append('a', batch)).toMatchObject({ stored: 1, repeats: 0 });
    expect(await fixture.held('a')).toEqual(['2', '3']);
  },
);

test('a policy that was rejected because nothing could be read is not in force', async () => {
  await fullTopic('drop-oldest');
  medium.unreadableFrom = 1;
  const update = fixture.store.updateTopic('a', fixture.policy({ maxMessages: 1, overflow: 'drop-oldest' }));
  await expect(update).rejects.toMatchObject(failed);
  medium.unreadableFrom = Infinity;
  expect(fixture.store.describe('a')).toMatchObject({ policy: { maxMessages: 2 }, messages: 2 });
});

test('a redrive that failed to make room has moved nothing, and its ids are not remembered', async () => {
  await fixture.topic('a', { maxMessages: 1, overflow: 'dead-letter' });
  await fixture.append('a', '1');
  await fixture.append('a', '2');
  await fixture.store.updateTopic('a', fixture.policy({ maxMessages: 1 }));
  const tester = await GroupTester.join(fixture, 'a', 'g', {});
  await tester.fetch();
  await tester.member.ack([2]);
  medium.unreadableFrom = 2;
  await expect(fixture.store.redrive('a.dead', {})).rejects.toMatchObject(failed);
  expect(fixture.store.describe('a.dead')).toMatchObject({ messages: 1 });
  medium.unreadableFrom = Infinity;
  expect(await fixture.store.redrive('a.dead', {})).toEqual({ moved: 1, stayed: 0 });
  expect(await fixture.held('a')).toEqual(['1']);
});

test('a removal that failed part of the way has changed no numbers', async () => {
  await fixture.topic('a', { maxMessages: 2, maxAge: 100, compact: true });
  await fixture.store.append('a', messagesOf(['1', { key: 'k' }]));
  fixture.time += 50;
  await fixture.append('a', '2');
  const before = fixture.store.describe('a');
  fixture.time += 50;
  medium.areRecordsUnreadable = true;
  await expect(fixture.append('a', '3')).rejects.toMatchObject(failed);
  medium.areRecordsUnreadable = false;
  expect(fixture.store.describe('a')).toEqual(before);
  await fixture.append('a', '3');
  expect(fixture.store.describe('a')).toMatchObject({ messages: 2 });
  expect(await fixture.held('a')).toEqual(['2', '3']);
});

test('one unreadable topic does not fail what is done with others in the same turn', async () => {
  await fullTopic('drop-oldest');
  await fixture.topic('b');
  medium.unreadableFrom = 1;
  const append = (topic: string, text: string) => fixture.store.append(topic, batchOf([text], [`p-${text}`]));
  const turn = [append('b', '1'), append('a', '2'), append('b', '3'), append('a', '4'), append('b', '5')];
  const results = await Promise.allSettled(turn);
  medium.unreadableFrom = Infinity;
  const stored = { value: { stored: 1 } };
  const rejected = { reason: failed };
  expect(results).toMatchObject([stored, rejected, stored, rejected, stored]);
  expect([await fixture.held('a'), await fixture.held('b')]).toEqual([
    ['1', '2'],
    ['1', '3', '5'],
  ]);
});

test('a commit for which there is no space is tried in parts, so that not all of it is refused', async () => {
  await fixture.topic('a');
  medium.failure = 'STORAGE_FULL';
  medium.failures = 1;
  await Promise.all([fixture.append('a', '1'), fixture.append('a', '2'), fixture.append('a', '3')]);
  expect(await fixture.held('a')).toEqual(['1', '2', '3']);
});

test('a reader of messages that are missing is told so, although no commit is under way', async () => {
  await fixture.topic('a');
  await fixture.append('a', '1');
  await fixture.append('a', '2');
  const reader = await fixture.store.openReader('a', 'earliest');
  medium.missingFrom = 2;
  await reader.fetch(10, 1000);
  await expect(reader.fetch(10, 1000)).rejects.toMatchObject(failed);
  medium.missingFrom = Infinity;
  expect((await readOn(reader)).batches).toMatchObject([{ firstSequence: 2 }]);
});
