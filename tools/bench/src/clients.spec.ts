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

it('measures a client through the built broker, all in processes of their own', async () => {
  const json = join(folder, 'figures.json');
  const args = ['--case=clients', '--only=@pochta/client', '--seconds=0.2', '--runs=1', `--json=${json}`];
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...args]);
  const { runs } = JSON.parse(await readFile(json, 'utf8')) as { readonly runs: readonly Run[] };
  expect(runs.map((run) => [run.case, run.contender, run.keeps])).toEqual([
    ['clients: fan-out', 'pochta: memory, @pochta/client', undefined],
    ['clients: publish (window 1000)', 'pochta: lmdb, @pochta/client', 'flushed'],
    ['clients: group (backlog of 300000)', 'pochta: lmdb, @pochta/client', 'flushed'],
    ['clients: request (1 in flight)', 'pochta: memory, @pochta/client', undefined],
    ['clients: request (64 in flight)', 'pochta: memory, @pochta/client', undefined],
  ]);
  for (const { perSecond } of runs) expect(perSecond).toBeGreaterThan(10);
  expect(stdout).toMatch(/per second.*server CPU.*client CPU.*service CPU/);
}, 120_000);
