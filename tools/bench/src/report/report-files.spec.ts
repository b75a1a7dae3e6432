import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportFiles, writeReport } from './report-files';

it('puts tables and chart beside the figures unless told otherwise', () => {
  expect(reportFiles({ json: 'tmp/bench.json' })).toEqual({
    json: 'tmp/bench.json',
    svg: 'tmp/bench.svg',
    markdown: 'tmp/bench.md',
  });
  expect(reportFiles({ json: 'figures', svg: 'docs/chart.svg' })).toEqual({
    json: 'figures',
    svg: 'docs/chart.svg',
    markdown: 'figures.md',
  });
});

it('writes all three, also into folders that are not there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pochta-bench-spec-'));
  const json = join(folder, 'new', 'figures.json');
  const spread = { median: 2, min: 1, max: 3 };
  const row = { case: 'fan-out', contender: 'pochta', perSecond: spread, clientCpu: 1, lost: 0 };
  await writeReport({ json }, { rows: [row], latency: [], growth: [] }, { rows: [row] });
  const [figures, svg, tables] = await Promise.all(
    Object.values(reportFiles({ json })).map((file: string) => readFile(file, 'utf8')),
  );
  expect(JSON.parse(figures)).toEqual({ rows: [row] });
  expect(svg).toContain('<svg ');
  expect(tables).toContain('| fan-out | pochta | 2 | 1 - 3 |');
  await rm(folder, { recursive: true });
});
