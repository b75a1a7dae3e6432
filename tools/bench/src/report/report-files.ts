import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { barGroups } from './bar-groups';
import { chart } from './chart';
import { markdownText, type Summary } from './sections';

/** Where a run's figures go. */
export interface ReportFiles {
  readonly json: string;
  readonly svg: string;
  readonly markdown: string;
}

export function reportFiles({ json, svg }: { readonly json: string; readonly svg?: string }): ReportFiles {
  const base = json.replace(/\.json$/, '');
  return { json, svg: svg ?? `${base}.svg`, markdown: `${base}.md` };
}

/** Writes the figures alone, as JSON. */
export async function writeFigures(file: string, figures: object): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(figures, undefined, 2)}\n`);
}

/** Writes the figures as JSON, their tables as Markdown, and a chart if there is anything for one. */
export async function writeReport(
  names: { readonly json: string; readonly svg?: string },
  summary: Summary,
  figures: object,
): Promise<void> {
  const files = reportFiles(names);
  await writeFigures(files.json, figures);
  await mkdir(dirname(files.svg), { recursive: true });
  await writeFile(files.markdown, markdownText(summary));
  await writeFile(files.svg, chart(barGroups(summary.rows, summary.latency)));
}
