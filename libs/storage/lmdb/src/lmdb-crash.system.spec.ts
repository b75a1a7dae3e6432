import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, numbersOf } from './child-process.fixture';
import { heldSequences } from './held-sequences.fixture';
import { expectWhole, transactionsDone } from './transactions-done.fixture';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pochta-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A library of this folder that is put between the process and the system's calls. Needs gcc. */
function compile(name: string): string {
  const library = join(folder, `${name}.so`);
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, join(__dirname, `${name}.c`), '-ldl']);
  return library;
}

/** Starts a writer, and kills it when it has confirmed so much; gives its lines, and the folder as after a power failure. */
async function losePower(file: string, args: readonly string[], lines: number) {
  const path = join(folder, 'data');
  const synced = join(folder, 'synced');
  mkdirSync(synced);
  const child = new Child(file, [path, ...args], {
    LD_PRELOAD: compile('power-loss'),
    POWER_LOSS_FILE: join(path, 'data.mdb'),
    POWER_LOSS_COPY: join(synced, 'data.mdb'),
  });
  await child.wrote(lines);
  child.kill();
  await child.ended();
  const numbers = (word: string): number[] => numbersOf(child.lines, word);
  return { confirmed: numbers('confirmed'), acked: numbers('acked'), synced };
}

test('what is confirmed outlives a power failure: all that was not synced may be lost', async () => {
  const { confirmed, synced } = await losePower('lmdb-writer.child.ts', ['3000'], 40);
  expect(confirmed.length).toBeGreaterThanOrEqual(40);
  expect(await heldSequences(synced)).toEqual(expect.arrayContaining(confirmed));
}, 60_000);

test('a power failure leaves each transaction whole or not at all, and all that were confirmed, and all acks', async () => {
  const { confirmed, acked, synced } = await losePower('lmdb-transactor.child.ts', [], 100);
  expectWhole(await transactionsDone(synced), confirmed, acked);
}, 60_000);

test.each(['30000', '200'])(
  'a full disk refuses with STORAGE_FULL, and recovers: %s bytes',
  async (payloadBytes) => {
    const path = join(folder, 'data');
    const child = new Child('lmdb-writer.child.ts', [path, payloadBytes], {
      LD_PRELOAD: compile('full-disk'),
      FULL_DISK_FOLDER: path,
      FULL_DISK_BYTES: String(8 << 20),
    });
    await child.ended();
    const confirmed = numbersOf(child.lines, 'confirmed');
    expect(confirmed.length).toBeGreaterThan(10);
    const last = confirmed[confirmed.length - 1];
    expect(child.lines.slice(confirmed.length)).toEqual([
      'refused STORAGE_FULL',
      `reads 1 of ${last}`,
      'purged 10',
      ...[1, 2, 3, 4, 5].map((more) => `again ${last + more}`),
      'closed',
    ]);
  },
  120_000,
);
