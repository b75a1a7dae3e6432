import { grouped } from './grouped';
import type { MemoryUse } from '../load/memory-use';
import { spreadOf, type Spread } from './statistics';
import { count, ratio, type Table } from './table';

/** One contender's run in one round of a resources case. */
export interface ResourcesRun {
  readonly case: string;
  readonly contender: string;
  readonly round: number;
  /** From the start of the process until it takes connections. */
  readonly startMs: number;
  /** A second after that. */
  readonly idle?: MemoryUse;
  /** Memory of its own that the program takes for each connection, or topic. */
  readonly bytesEach?: number;
  /** Messages a second over all topics, of those to one. */
  readonly ofOneTopic?: number;
}

export interface ResourcesRow {
  readonly case: string;
  readonly contender: string;
  readonly startMs: Spread;
  /** Bytes, as the next two. */
  readonly own?: Spread;
  readonly rss?: Spread;
  readonly each?: Spread;
  readonly ofOneTopic?: Spread;
}

/** One row for each contender of each case, in the order of the runs. */
export function summariseResources(runs: readonly ResourcesRun[]): ResourcesRow[] {
  return grouped(runs, (run) => `${run.case}\n${run.contender}`).map((group) => ({
    case: group[0].case,
    contender: group[0].contender,
    startMs: spreadOf(group.map(({ startMs }) => startMs)),
    own: known(group.map(({ idle }) => idle?.own)),
    rss: known(group.map(({ idle }) => idle?.rss)),
    each: known(group.map(({ bytesEach }) => bytesEach)),
    ofOneTopic: known(group.map(({ ofOneTopic }) => ofOneTopic)),
  }));
}

export const RESOURCES_NOTES: readonly string[] = [
  'start ms: from the start of the process until it takes connections. idle: memory a second after that',
  'own: memory without mapped files. each: own memory for each connection, or topic with one message',
];

export function resourcesTable(rows: readonly ResourcesRow[]): Table {
  return {
    head: [
      'case',
      'contender',
      'start ms',
      'idle own MiB',
      'idle RSS MiB',
      'each KiB',
      'spread',
      'of 1 topic',
    ],
    lines: rows.map(({ startMs, own, rss, each, ofOneTopic, ...row }) => [
      row.case,
      row.contender,
      count(startMs.median),
      own ? count(own.median / 2 ** 20) : '',
      rss ? count(rss.median / 2 ** 20) : '',
      each ? kibibytes(each.median) : '',
      each ? `${kibibytes(each.min)} - ${kibibytes(each.max)}` : '',
      ofOneTopic ? ratio(ofOneTopic.median) : '',
    ]),
    leftColumns: 2,
  };
}

const kibibytes = (bytes: number) => (bytes / 1024).toFixed(1);

function known(values: readonly (number | undefined)[]): Spread | undefined {
  const numbers = values.filter((value) => value !== undefined && !Number.isNaN(value)) as number[];
  return numbers.length > 0 ? spreadOf(numbers) : undefined;
}
