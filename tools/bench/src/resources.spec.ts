import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ResourcesRun } from './report/resources-report';

const BENCH = join(__dirname, '../../../dist/tools/bench/main.cjs');

let folder: string;

beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'pochta-bench-spec-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

it('measures what the built broker needs before there is any load, beside a bare Node server', async () => {
  const json = join(folder, 'figures.json');
  const args = ['--case=resources', '--only=memory,bare', '--count=150', '--seconds=0.2', '--runs=1'];
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...args, `--json=${json}`]);
  const { resourcesRuns } = JSON.parse(await readFile(json, 'utf8')) as {
    readonly resourcesRuns: readonly ResourcesRun[];
  };
  const bare = 'reference: bare Node server';
  expect(resourcesRuns.map((run) => [run.case, run.contender])).toEqual([
    ['resources: start-up and idle memory', bare],
    ['resources: start-up and idle memory', 'pochta: memory'],
    ['resources: connections', bare],
    ['resources: connections', 'pochta: memory'],
    ['resources: connections that said hello', 'pochta: memory'],
    ['resources: subscribers of one topic', 'pochta: memory'],
    ['resources: subscribers of a topic each', 'pochta: memory'],
    ['resources: topics', 'pochta: memory'],
  ]);
  for (const { startMs } of resourcesRuns) expect(startMs).toBeGreaterThan(0);
  expect(resourcesRuns.at(-1)!.ofOneTopic).toBeGreaterThan(0);
  expect(stdout).toMatch(/start ms.*idle RSS MiB.*each KiB.*of 1 topic/);
}, 120_000);
