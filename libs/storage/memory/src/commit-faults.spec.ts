import type { AppendOperation } from '@pochta/storage-contract';
import { batchOf, numbered, StoreFixture } from '@pochta/storage-contract/testing';
import { EmbeddedStore } from '@pochta/storage-embedded';
import { FaultyMedium } from './faulty-medium.fixture';

const append = (topic: string, texts: string[], ids: string[]): AppendOperation => ({
  kind: 'append',
  topic,
  messages: batchOf(texts, ids),
});
const failed = { code: 'STORAGE_FAILED' };
let medium: FaultyMedium;
let fixture: StoreFixture;
beforeEach(async () => {
  medium = new FaultyMedium();
  fixture = new StoreFixture({ create: (clock) => new EmbeddedStore('memory', medium, { clock }) }, {});
  await fixture.open();
});
afterEach(() => fixture.remove());

test('of a transaction whose commit fails, nothing happens, and its ids are not remembered', async () => {
  for (const topic of ['a', 'b']) await fixture.topic(topic, { maxMessages: 2 });
  const parts = [append('a', ['1', '2'], ['p-1', 'p-2']), append('b', ['x'], ['p-3'])];
  medium.failures = 1;
  const refused = append('a', ['large', 'x', 'y'], ['q-1', 'q-2', 'q-3']);
  const results = await Promise.allSettled([
    fixture.store.transact(parts),
    fixture.store.transact([refused]),
  ]);
  expect(results).toMatchObject([{ reason: failed }, { reason: failed }]);
  expect(await fixture.held('a')).toEqual([]);
  await fixture.store.transact(parts);
  expect([await fixture.held('a'), await fixture.held('b')]).toEqual([['1', '2'], ['x']]);
});

test('a dead letter whose commit fails stays where it was, and its dead-letter topic is not made', async () => {
  await fixture.topic('a', { maxMessages: 1, overflow: 'dead-letter' });
  await fixture.append('a', '1');
  medium.failures = 1;
  await expect(fixture.append('a', '2')).rejects.toMatchObject(failed);
  expect(await fixture.held('a')).toEqual(['1']);
  expect([...fixture.store.topics()]).toEqual(['a']);
  await fixture.append('a', '3');
  expect(await fixture.held('a')).toEqual(['3']);
  expect(fixture.store.describe('a.dead')).toMatchObject({ firstSequence: 1, messages: 1 });
});

describe('a redrive that fails', () => {
  beforeEach(async () => {
    await fixture.topic('a', { maxMessages: 1, overflow: 'dead-letter' });
    await fixture.store.append('a', batchOf(numbered(2501)));
    await fixture.store.purge('a');
    await fixture.store.updateTopic('a', fixture.policy({ maxMessages: 2500 }));
  });

  test('at once is rejected, and has moved nothing', async () => {
    medium.failures = 1;
    await expect(fixture.store.redrive('a.dead', {})).rejects.toMatchObject(failed);
    expect(fixture.store.describe('a')).toMatchObject({ messages: 0 });
    expect(await fixture.held('a.dead')).toEqual(numbered(2500));
  });

  test('later says what was moved, and the next one moves the rest', async () => {
    medium.failsAfter = 2;
    medium.failures = 1;
    const result = { moved: 2000, stayed: 0, failure: 'STORAGE_FAILED' };
    expect(await fixture.store.redrive('a.dead', {})).toEqual(result);
    expect(await fixture.held('a')).toEqual(numbered(2000));
    expect(fixture.store.describe('a.dead')).toMatchObject({ messages: 500, firstSequence: 2001 });
    expect(await fixture.store.redrive('a.dead', {})).toEqual({ moved: 500, stayed: 0 });
    expect(await fixture.held('a')).toEqual(numbered(2500));
  });
});
