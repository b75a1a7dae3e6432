import { complaints, growthTable, type GrowthRow } from './growth-report';
import { LATENCY_NOTES, latencyTable, type LatencyRow } from './latency-report';
import { rateTable, type Row } from './report';
import { RESOURCES_NOTES, resourcesTable, type ResourcesRow } from './resources-report';
import { storedNotes } from './stored';
import { markdown, terminal, type Table } from './table';

/** What a run has found, summarised. */
export interface Summary {
  readonly rows: readonly Row[];
  readonly latency: readonly LatencyRow[];
  readonly growth: readonly GrowthRow[];
  readonly resources?: readonly ResourcesRow[];
}

/** A table, and what is to be known about it. */
interface Section {
  readonly table: Table;
  readonly notes: readonly string[];
}

/** For a terminal. */
export function terminalText(summary: Summary): string {
  return sectionsOf(summary)
    .map(({ table, notes }) => `\n${[terminal(table), '', ...notes].join('\n')}\n`)
    .join('');
}

/** For a document. */
export function markdownText(summary: Summary): string {
  return sectionsOf(summary)
    .map(({ table, notes }) => [markdown(table), '', ...notes.map((note) => `- ${note}`), ''].join('\n'))
    .join('\n');
}

function sectionsOf({ rows, latency, growth, resources = [] }: Summary): Section[] {
  const own = 'own: memory without mapped files, of which the system keeps what it has room for';
  return [
    { table: rateTable(rows), notes: notesOn(rows) },
    { table: latencyTable(latency), notes: LATENCY_NOTES },
    { table: growthTable(growth), notes: [...complaints(growth), own] },
    { table: resourcesTable(resources), notes: RESOURCES_NOTES },
  ].filter(({ table }) => table.lines.length > 0);
}

function notesOn(rows: readonly Row[]): string[] {
  const notes = [
    'ratio: of the reference in the same round',
    'limit: who used 90 % of a core or more; waits: nobody did. batch: messages of one write, or frame',
  ];
  if (rows.some(({ ratioOf }) => ratioOf !== undefined))
    notes.push('of 1 to 1: of the reference forwarder 1 to 1, since it has no groups');
  if (rows.some(({ serviceCpu }) => serviceCpu !== undefined))
    notes.push(
      'service: who handles what the client sends, be it a Nest service, a subscriber or a responder',
    );
  if (rows.some(({ rivalRatio }) => rivalRatio !== undefined))
    notes.push(
      "of best peer: of the fastest other broker in the same round, by Nest's transports in the Nest cases, by its own client in the clients cases, and of those that keep on disk where Nest emits",
    );
  if (rows.some(({ flushedRivalRatio }) => flushedRivalRatio !== undefined))
    notes.push('of best flushed: of the fastest of these that flush to the disk before they confirm');
  return [...notes, ...storedNotes(rows)];
}
