import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, numbersOf } from './child-process.fixture';
import { heldSequences } from './held-sequences.fixture';
import { expectWhole, transactionsDone } from './transactions-done.fixture';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pochta-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('kill -9 while appending loses nothing that was confirmed', async () => {
  const path = join(folder, 'data');
  let confirmed: number[] = [];
  for (let round = 1; round <= 3; round++) {
    const child = new Child('lmdb-writer.child.ts', [path, '3000']);
    await child.wrote(20 * round);
    child.kill();
    await child.ended();
    confirmed = [...confirmed, ...numbersOf(child.lines, 'confirmed')];
    expect(await heldSequences(path)).toEqual(expect.arrayContaining(confirmed));
  }
  expect(new Set(confirmed).size).toBe(confirmed.length);
}, 60_000);

test('kill -9 while messages are consumed leaves each transaction whole or not at all, and all acks', async () => {
  const path = join(folder, 'data');
  let [confirmed, acked]: number[][] = [[], []];
  for (let round = 1; round <= 3; round++) {
    const child = new Child('lmdb-transactor.child.ts', [path]);
    await child.wrote(40 * round);
    child.kill();
    await child.ended();
    confirmed = [...confirmed, ...numbersOf(child.lines, 'confirmed')];
    acked = [...acked, ...numbersOf(child.lines, 'acked')];
    expectWhole(await transactionsDone(path), confirmed, acked);
  }
}, 60_000);
