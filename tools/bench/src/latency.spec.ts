import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LatencyRow, LatencyRun } from './report/latency-report';

const BENCH = join(__dirname, '../../../dist/tools/bench/main.cjs');

let folder: string;

beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'pochta-bench-spec-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

it('measures latency through the built broker by both kinds of clients, beside the disk by itself', async () => {
  const json = join(folder, 'figures.json');
  const args = ['--case=latency', '--only=pochta: lmdb', '--seconds=0.2', '--runs=1', `--json=${json}`];
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...args]);
  const figures = JSON.parse(await readFile(json, 'utf8')) as {
    readonly latency: readonly LatencyRow[];
    readonly latencyRuns: readonly LatencyRun[];
  };
  expect(figures.latencyRuns.map(({ contender, client, durable }) => [contender, client, durable])).toEqual([
    ['reference: bare fdatasync of 4 KiB', 'none', true],
    ['pochta: lmdb (binary)', 'raw', true],
    ['pochta: lmdb (JSON lines)', 'raw', true],
    ['pochta: lmdb, @pochta/client', 'plain', true],
  ]);
  for (const { latency } of figures.latencyRuns) expect(latency.p50).toBeGreaterThan(0);
  expect(figures.latency.map(({ p99OfFlush }) => p99OfFlush !== undefined)).toEqual([
    false,
    true,
    true,
    true,
  ]);
  expect(stdout).toMatch(/p50 ms +p99 ms.*p99 of fdatasync/);
  expect(await readFile(join(folder, 'figures.svg'), 'utf8')).toContain('pochta: lmdb, @pochta/client');
}, 120_000);
