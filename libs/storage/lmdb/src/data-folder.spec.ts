import { DEFAULT_TOPIC_POLICY, MessageBatch } from '@pochta/protocol';
import { open } from 'lmdb';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child-process.fixture';
import { META } from './data-keys';
import { LmdbStore } from './lmdb-store';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pochta-'))));
afterEach(() => rmSync(folder, { recursive: true }));

async function refusal(path: string): Promise<{ code: string; message: string }> {
  const store = new LmdbStore({ path });
  const error: unknown = await store.open().catch((reason: unknown) => reason);
  await store.close();
  return error as { code: string; message: string };
}

test('makes the folder, with those above it', async () => {
  const path = join(folder, 'a', 'b');
  const store = new LmdbStore({ path });
  await store.open();
  await store.close();
  expect(existsSync(join(path, 'data.mdb'))).toBe(true);
});

test('a folder with a dot in its name was taken for a file', async () => {
  const path = join(folder, 'pochta-1.2');
  for (let start = 0; start < 2; start++) {
    const store = new LmdbStore({ path });
    await store.open();
    await store.close();
  }
  expect(existsSync(join(path, 'data.mdb'))).toBe(true);
});

test('a second broker is refused, with the process id of the first; after kill -9 of the first it is not', async () => {
  const first = new Child('lmdb-writer.child.ts', [folder, '10']);
  await first.wrote(1);
  const error = await refusal(folder);
  expect(error.code).toBe('DATA_DIR_IN_USE');
  expect(error.message).toContain(`process ${first.pid}`);
  const written = first.lines.length;
  await first.wrote(written + 1);
  first.kill();
  await first.ended();
  const store = new LmdbStore({ path: folder });
  await store.open();
  expect(store.describe('a')!.messages).toBeGreaterThan(written);
  await store.close();
}, 60_000);

test('a second store of the same process is refused, and does no harm to the first', async () => {
  const store = new LmdbStore({ path: folder });
  await store.open();
  const error = await refusal(join(folder, '.'));
  expect(error).toMatchObject({ code: 'DATA_DIR_IN_USE' });
  expect(error.message).toContain(String(process.pid));
  await store.createTopic('a', DEFAULT_TOPIC_POLICY);
  expect(await store.append('a', MessageBatch.of(Buffer.from('1')))).toMatchObject({ stored: 1 });
  await store.close();
});

test('data of a newer version is refused, and left alone', async () => {
  const db = open<Buffer, Buffer>({ path: folder, keyEncoding: 'binary', encoding: 'binary' });
  await db.put(META.version, Buffer.from('99'));
  await db.close();
  for (let attempt = 1; attempt <= 2; attempt++) {
    const error = await refusal(folder);
    expect(error.code).toBe('DATA_VERSION_UNSUPPORTED');
    expect(error.message).toContain('99');
  }
});

test('a file in place of the folder, or above it, is refused with the path and the reason', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const path of [file, join(file, 'data')]) {
    const error = await refusal(path);
    expect(error.code).toBe('DATA_DIR_UNUSABLE');
    expect(error.message).toContain(path);
    expect(error.message).toMatch(/not a folder|not a directory/);
  }
});

test('a data file of another program is refused', async () => {
  writeFileSync(join(folder, 'data.mdb'), Buffer.alloc(65_536, 'no database'));
  expect(await refusal(folder)).toMatchObject({ code: 'DATA_DIR_UNUSABLE' });
});

test('a data file that was cut off gives errors, and does not end the process', async () => {
  const path = join(folder, 'data');
  mkdirSync(path);
  const store = new LmdbStore({ path });
  await store.open();
  await store.createTopic('a', DEFAULT_TOPIC_POLICY);
  for (let i = 0; i < 20; i++) await store.append('a', MessageBatch.of(Buffer.alloc(20_000, 'p')));
  await store.close();
  const file = join(path, 'data.mdb');
  expect(statSync(file).size).toBeGreaterThan(400_000);
  truncateSync(file, 102_400);
  // In another process, for the case that it does end it.
  const script = `
    const { LmdbStore } = require(${JSON.stringify(join(__dirname, 'lmdb-store'))});
    const store = new LmdbStore({ path: ${JSON.stringify(path)} });
    store.open()
      .then(() => store.openReader('a', 'earliest'))
      .then(async (reader) => { while ((await reader.fetch(100, 1)).length > 0); })
      .then(() => console.log('fine'), (error) => console.log(error.code));`;
  const output = execFileSync(process.execPath, ['-r', '@swc-node/register', '-e', script], {
    cwd: join(__dirname, '../../../..'),
    env: { ...process.env, SWC_NODE_PROJECT: 'tsconfig.base.json' },
  });
  expect(output.toString().trim()).toMatch(/^(DATA_DIR_UNUSABLE|STORAGE_FAILED)$/);
}, 60_000);
