import { parseArgs } from 'node:util';

/** What one run of the bench is asked to do. */
export interface BenchOptions {
  /** Contenders whose name contains one of these; all when empty. */
  readonly only: readonly string[];
  /** Cases whose name contains one of these; all when empty. */
  readonly cases: readonly string[];
  /** Seconds that each run is measured, after the warm-up. */
  readonly seconds: number;
  /** Rounds; in each, every contender runs once, in turn. */
  readonly runs: number;
  /** File for the figures, as JSON. */
  readonly json: string;
}

export const HELP = `npm run bench -- [options]

Measures Pochta beside a reference program, in turns, and prints ratios: absolute figures are the machine's.

  --only=a,b      contenders whose name contains a or b (all)
  --case=a,b      cases whose name contains a or b (all)
  --seconds=3     seconds that each run is measured, after a warm-up of one
  --runs=3        rounds; in each, every contender runs once
  --json=FILE     where the figures go (tmp/bench.json)
  --list          names the cases and contenders
`;

/** Throws a `TypeError` that a person can act on. */
export function parseOptions(argv: readonly string[]): BenchOptions | 'help' | 'list' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string', default: '' },
      case: { type: 'string', default: '' },
      seconds: { type: 'string', default: '3' },
      runs: { type: 'string', default: '3' },
      json: { type: 'string', default: 'tmp/bench.json' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.list) return 'list';
  return {
    only: names(values.only),
    cases: names(values.case),
    seconds: positive('seconds', values.seconds),
    runs: Math.ceil(positive('runs', values.runs)),
    json: values.json,
  };
}

/** Whether the name is among what was asked for. */
export function chosen(name: string, wanted: readonly string[]): boolean {
  return wanted.length === 0 || wanted.some((part) => name.includes(part));
}

function names(list: string): string[] {
  return list.split(',').filter((name) => name !== '');
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new TypeError(`--${option} must be a number above 0, not ${text}`);
  return value;
}
