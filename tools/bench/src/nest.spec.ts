import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Run } from './report/report';

const BENCH = join(__dirname, '../../../dist/tools/bench/main.cjs');

let folder: string;

beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'pochta-bench-spec-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

it('measures Nest services through the built broker, all in processes of their own', async () => {
  const json = join(folder, 'figures.json');
  const args = ['--case=nest', '--only=lmdb', '--seconds=0.2', '--runs=1', `--json=${json}`];
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...args]);
  const { runs } = JSON.parse(await readFile(json, 'utf8')) as { readonly runs: readonly Run[] };
  const inBothCodecs = (name: string, keeps?: string) => [
    [name, '@pochta/nestjs, lmdb', keeps, 0],
    [name, '@pochta/nestjs, lmdb, json-lines', keeps, 0],
  ];
  expect(runs.map((run) => [run.case, run.contender, run.keeps, run.lost])).toEqual([
    ...inBothCodecs('nest: request, 64 in flight'),
    ...inBothCodecs('nest: request, 1 in flight'),
    ...inBothCodecs('nest: emit, durable', 'on disk'),
    ...inBothCodecs('nest: decorated topic', 'on disk'),
  ]);
  for (const { perSecond } of runs) expect(perSecond).toBeGreaterThan(10);
  expect(stdout).toMatch(/per second.*server CPU.*client CPU.*service CPU/);
}, 120_000);
