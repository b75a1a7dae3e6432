import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Engine } from './features';
import type { CodecChoice } from './plan/codec-turns';

/** What one run of the fault checker is asked to do. */
export interface FaultsOptions {
  readonly rounds: number;
  /** Messages that producers publish in a round. */
  readonly messages: number;
  /** The first round's seed; those of the others follow from it. */
  readonly seed: number;
  readonly engine: Engine;
  readonly codec: CodecChoice;
  /** The broker's built program. */
  readonly broker: string;
}

export const HELP = `npm run faults -- [options]

Runs the built broker under faults (kill -9, cut connections, members that die, a wall clock that is stepped), and
checks from what its peers saw that nothing was lost, repeated, reordered or torn. Ends with code 1 when something was.

  --rounds N       rounds, each with a broker and data of its own (20)
  --messages M     messages that are published in a round (50000)
  --seed S         settles all random choices of the first round; the others' seeds follow from it (drawn)
  --engine NAME    lmdb or memory, which is not killed (lmdb)
  --codec NAME     json-lines, binary, or mixed: some actors speak the one, some the other (mixed)
  --broker FILE    the broker's program (the one that was built last)
  --help           this text
`;

const SEEDS = 2 ** 32;
/** Beside this program, where both are built. */
const BROKER = join(__dirname, '../../apps/broker/main.cjs');

/** Throws a `TypeError` that a person can act on. */
export function parseOptions(
  argv: readonly string[],
  drawSeed: () => number = () => Math.floor(Math.random() * SEEDS),
): FaultsOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rounds: { type: 'string', default: '20' },
      messages: { type: 'string', default: '50000' },
      seed: { type: 'string' },
      engine: { type: 'string', default: 'lmdb' },
      codec: { type: 'string', default: 'mixed' },
      broker: { type: 'string', default: BROKER },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const { engine, codec, broker } = values;
  if (engine !== 'lmdb' && engine !== 'memory')
    throw new TypeError(`--engine must be lmdb or memory, not ${engine}`);
  if (codec !== 'json-lines' && codec !== 'binary' && codec !== 'mixed')
    throw new TypeError(`--codec must be json-lines, binary or mixed, not ${codec}`);
  return {
    rounds: integer('rounds', values.rounds, 1, 1_000_000),
    messages: integer('messages', values.messages, 1, 10_000_000),
    seed: values.seed === undefined ? drawSeed() : integer('seed', values.seed, 0, SEEDS - 1),
    engine,
    codec,
    broker: resolve(broker),
  };
}

function integer(option: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < low || value > high)
    throw new TypeError(`--${option} must be an integer from ${low} to ${high}, not ${text}`);
  return value;
}
