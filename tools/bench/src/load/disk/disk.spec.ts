import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureDisk } from './disk';

let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pochta-bench-spec-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('writes blocks one behind the other', () => {
  const { bytesPerSecond, percentiles } = measureDisk({
    kind: 'sequential',
    folder,
    blockBytes: 65_536,
    ms: 20,
  });
  const { size } = statSync(join(folder, 'blocks'));
  expect(size % 65_536).toBe(0);
  expect(size).toBeGreaterThan(0);
  expect(bytesPerSecond).toBeGreaterThan(0);
  expect(percentiles.p50).toBeGreaterThan(0);
});

it('flushes the blocks of one file over and over, so that it does not grow', () => {
  const plan = { kind: 'paced', folder, blockBytes: 512, perSecond: 5000, ms: 50 } as const;
  const { percentiles } = measureDisk(plan);
  expect(statSync(join(folder, 'blocks')).size).toBe(512 * 256);
  expect(percentiles.max).toBeGreaterThanOrEqual(percentiles.p99);
});
