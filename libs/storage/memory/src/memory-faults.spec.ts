import { DEFAULT_TOPIC_POLICY } from '@pochta/protocol';
import {
  messagesOf,
  ModelRun,
  numbered,
  readOn,
  StoreFixture,
  textsOf,
  until,
} from '@pochta/storage-contract/testing';
import { EmbeddedStore } from '@pochta/storage-embedded';
import { FaultyMedium } from './faulty-medium.fixture';

/** How many records the first topic has. */
function recordCount(): number {
  const topic = { key: 1, name: 'a', policy: DEFAULT_TOPIC_POLICY, epoch: '' };
  return medium.records(topic, Buffer.alloc(1), Buffer.alloc(64, 0xff)).length;
}

let medium: FaultyMedium;
let fixture: StoreFixture;
beforeEach(async () => {
  medium = new FaultyMedium();
  // Commits take a while.
  medium.gate = Promise.resolve();
  fixture = new StoreFixture({ create: (clock) => new EmbeddedStore('memory', medium, { clock }) }, {});
  await fixture.open();
});
afterEach(() => fixture.remove());

test.each(numbered(6).map(Number))('a commit that fails leaves no trace: seed %i', async (seed) => {
  const fail = (areFailing: boolean): void => void (medium.failures = areFailing ? Infinity : 0);
  await new ModelRun(fixture, seed, { restarts: false, fail }).run(60);
});

test.each(['delayed', 'expired'])(
  'what is %s and cannot be written is tried again once a second',
  async (kind) => {
    await fixture.topic('a');
    const attributes = kind === 'delayed' ? { deliverAt: fixture.time + 100 } : { ttl: 100 };
    await fixture.store.append('a', messagesOf(['1', attributes], ['2', attributes]));
    const before = fixture.store.describe('a');
    medium.failures = 3;
    medium.attempts = 0;
    fixture.clock.advance(100);
    await until(() => medium.attempts === 1);
    for (let attempt = 1; attempt <= 3; attempt++) {
      await until(() => medium.failures === 3 - attempt);
      await fixture.store.openReader('a', 'new');
      expect(fixture.store.describe('a')).toEqual(before);
      fixture.clock.advance(999);
      await fixture.store.openReader('a', 'new');
      expect(medium.attempts).toBe(attempt);
      fixture.clock.advance(1);
      await until(() => medium.attempts === attempt + 1);
    }
    await until(
      () =>
        fixture.store.describe('a')!.delayed +
          (kind === 'expired' ? fixture.store.describe('a')!.messages : 0) ===
        0,
    );
    expect(await fixture.held('a')).toEqual(kind === 'delayed' ? ['1', '2'] : []);
  },
);

test('appends do not hasten what has failed', async () => {
  await fixture.topic('a');
  await fixture.store.append('a', messagesOf(['1', { deliverAt: fixture.time + 100 }]));
  medium.failures = 1;
  fixture.clock.advance(100);
  await until(() => medium.failures === 0);
  await fixture.store.openReader('a', 'new');
  medium.attempts = 0;
  await fixture.append('a', '2');
  await fixture.append('a', '3');
  await fixture.store.openReader('a', 'new');
  expect(medium.attempts).toBe(2);
  fixture.clock.advance(1000);
  await until(() => fixture.store.describe('a')!.delayed === 0);
  expect(await fixture.held('a')).toEqual(['2', '3', '1']);
});

test('a limit that is lowered far pushes out what is above it in several commits', async () => {
  await fixture.topic('a', { maxMessages: 10_000, overflow: 'dead-letter' });
  await Promise.all(numbered(5000).map((text) => fixture.append('a', text)));
  const lowered = fixture.policy({ maxMessages: 10, overflow: 'dead-letter' });
  expect(await fixture.store.updateTopic('a', lowered)).toMatchObject({ messages: 4000, policy: lowered });
  await until(() => fixture.store.describe('a')!.messages <= 10);
  expect(await fixture.held('a')).toEqual(numbered(5000).slice(-10));
  expect(await fixture.held('a.dead')).toEqual(numbered(4990));
});

test('appends to a topic that is far above its limit push out more than they add', async () => {
  await fixture.topic('a', { maxMessages: 10_000, overflow: 'drop-oldest' });
  await Promise.all(numbered(5000).map((text) => fixture.append('a', text)));
  await Promise.all([
    fixture.store.updateTopic('a', fixture.policy({ maxMessages: 10, overflow: 'drop-oldest' })),
    fixture.append('a', ...numbered(2000)),
  ]);
  expect(fixture.store.describe('a')!.messages).toBeLessThanOrEqual(3000);
  await until(() => fixture.store.describe('a')!.messages <= 10);
});

test('a topic that holds nothing has no records', async () => {
  await fixture.topic('a', { maxMessages: 10_000, compact: true });
  const append = (from: number) =>
    fixture.store.append(
      'a',
      messagesOf(
        ...numbered(1500).map((text, index) => {
          const attributes = { key: `k${index % 700}`, priority: index % 5, ttl: 1000 + (index % 3) };
          return [text, index % 4 === 0 ? { ...attributes, deliverAt: from + 10 } : attributes] as const;
        }),
      ),
    );
  await append(fixture.time);
  expect(recordCount()).toBeGreaterThan(100);
  fixture.clock.advance(10);
  await until(() => fixture.store.describe('a')!.delayed === 0);
  for (let i = 0; i < 100; i++) await fixture.store.take('a', 10);
  fixture.clock.advance(1002);
  await until(() => fixture.store.describe('a')!.messages === 0);
  // What is left says which of the last sequences are gone.
  expect(recordCount()).toBeLessThanOrEqual(3);
  await append(fixture.time);
  await fixture.store.take('a', 1);
  await Promise.all([append(fixture.time), fixture.store.take('a', 5), fixture.store.purge('a')]);
  expect(recordCount()).toBe(0);
});

test('a reader is given nothing that was taken, while a purge is being written and fails', async () => {
  await fixture.topic('a', { maxMessages: 200_000 });
  // As many chunks of marks as are not kept in memory.
  for (let part = 0; part < 100; part++) {
    await fixture.store.append(
      'a',
      messagesOf(
        ...numbered(1024).map((text, index) => [text, index === 500 ? { priority: 1 } : undefined] as const),
      ),
    );
  }
  let urgent = 100;
  for (let part = 0; part < 90; part++) {
    if (textsOf([(await fixture.store.take('a', 1))!])[0] === '500') urgent--;
  }
  const reader = await fixture.store.openReader('a', { sequence: 1 });
  let open!: () => void;
  medium.gate = new Promise((resolve) => (open = resolve));
  medium.failures = 1;
  medium.attempts = 0;
  const purged = fixture.store.purge('a').catch((error: { code: string }) => error.code);
  await until(() => medium.attempts === 1);
  const taken = async () => textsOf((await readOn(reader)).batches).filter((text) => text === '500').length;
  const during = await taken();
  open();
  expect(await purged).toBe('STORAGE_FAILED');
  const left = (await fixture.held('a')).filter((text) => text === '500').length;
  expect([during, left]).toEqual([urgent, urgent]);
});

test('a reader goes by the maxAge that is committed, not by one that is being written', async () => {
  await fixture.topic('a');
  await fixture.append('a', '1');
  fixture.time += 1000;
  const reader = await fixture.store.openReader('a', 'earliest');
  let open!: () => void;
  medium.gate = new Promise((resolve) => (open = resolve));
  medium.failures = 1;
  medium.attempts = 0;
  const updated = fixture.store
    .updateTopic('a', fixture.policy({ maxAge: 1000 }))
    .catch((error: { code: string }) => error.code);
  await until(() => medium.attempts === 1);
  expect(textsOf((await readOn(reader)).batches)).toEqual(['1']);
  open();
  expect(await updated).toBe('STORAGE_FAILED');
});
