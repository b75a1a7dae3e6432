import { batchOf, numbered, StoreFixture, until } from '@pochta/storage-contract/testing';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbStore } from './lmdb-store';

let folder: string;
let fixture: StoreFixture;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pochta-'));
  fixture = new StoreFixture(
    {
      create: (clock) => new LmdbStore({ path: folder, clock }),
      remove: () => rmSync(folder, { recursive: true }),
    },
    {},
  );
  await fixture.open();
});
afterEach(() => fixture.remove());

const size = (): number => statSync(join(folder, 'data.mdb')).size;

/** Each is a batch of its own. */
async function appendEach(texts: readonly string[]): Promise<void> {
  await Promise.all(texts.map((text) => fixture.store.append('a', batchOf([text]))));
}

test('removing many small batches lets the file grow by little: they are neighbours', async () => {
  await fixture.topic('a', { maxMessages: 100_000 });
  await appendEach(numbered(20_000));
  const before = size();
  await fixture.store.updateTopic('a', fixture.policy({ maxMessages: 10, overflow: 'drop-oldest' }));
  await until(() => fixture.store.describe('a')!.messages <= 10);
  expect(size() - before).toBeLessThanOrEqual(8 << 20);
  expect(await fixture.held('a')).toEqual(numbered(20_000).slice(-10));
});
