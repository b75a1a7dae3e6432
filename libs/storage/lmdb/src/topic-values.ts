import { DEFAULT_TOPIC_POLICY, type TopicPolicy } from '@pochta/protocol';
import {
  emptyState,
  markOf,
  reasonOf,
  type IdRecord,
  type NewIdRecord,
  type Removal,
  type TopicRecord,
  type TopicState,
} from '@pochta/storage-embedded';

/** A topic's numbers, in the order of the data file; each is a double. New ones go to the end, with a new format. */
const NUMBERS = [
  'firstSequence',
  'nextSequence',
  'messages',
  'bytes',
  'lastTimestamp',
  'holes',
  'levels',
  'delayed',
  'delayedBytes',
  'nextDelayed',
  'generation',
  'groups',
  'nextGroup',
] as const satisfies readonly (keyof TopicState)[];
/** How many of them the first format had, which did not say how many there were. */
const FIRST_NUMBERS = 5;
const REMOVAL = 9;

interface Definition {
  readonly name: string;
  readonly policy: TopicPolicy;
  readonly epoch: string;
}

/** A JSON object: it is written only when a topic is created or changed. */
export function encodeDefinition({ name, policy, epoch }: TopicRecord): Buffer {
  return Buffer.from(JSON.stringify({ name, policy, epoch } satisfies Definition));
}

export function decodeDefinition(key: number, value: Buffer): TopicRecord {
  const { name, policy, epoch } = JSON.parse(value.toString()) as Definition;
  // Written before some of a policy's fields were there.
  return { key, name, policy: { ...DEFAULT_TOPIC_POLICY, ...policy }, epoch };
}

/**
 * The topic's numbers as doubles, then for each removal a double (through) and a byte (the reason's mark); little-endian.
 */
export function encodeState(state: TopicState): Buffer {
  const value = Buffer.allocUnsafe(NUMBERS.length * 8 + state.removals.length * REMOVAL);
  let at = 0;
  for (const name of NUMBERS) at = value.writeDoubleLE(state[name], at);
  for (const { through, reason } of state.removals) {
    at = value.writeDoubleLE(through, at);
    at = value.writeUInt8(markOf(reason), at);
  }
  return value;
}

export function decodeState(value: Buffer): TopicState {
  return readState(value, NUMBERS.length, 0);
}

/** As the first format had it: fewer numbers, and reasons' marks from 0 on. */
export function decodeFirstState(value: Buffer): TopicState {
  return readState(value, FIRST_NUMBERS, 1);
}

function readState(value: Buffer, numbers: number, markOffset: number): TopicState {
  const state: Record<string, number> = {};
  NUMBERS.slice(0, numbers).forEach((name, index) => (state[name] = value.readDoubleLE(index * 8)));
  const removals: Removal[] = [];
  for (let at = numbers * 8; at < value.length; at += REMOVAL) {
    const reason = reasonOf(value.readUInt8(at + 8) + markOffset);
    removals.push({ through: value.readDoubleLE(at), reason });
  }
  return { ...emptyState(1), ...state, removals };
}

/** A double (timestamp), 4 bytes (count), the ids; little-endian. */
export function encodeIdRecord({ timestamp, count, encode }: NewIdRecord): Buffer {
  const bytes = encode();
  const value = Buffer.allocUnsafe(12 + bytes.length);
  value.writeDoubleLE(timestamp, 0);
  value.writeUInt32LE(count, 8);
  value.set(bytes, 12);
  return value;
}

export function decodeIdRecord(start: number, value: Buffer): IdRecord {
  return { start, timestamp: value.readDoubleLE(0), count: value.readUInt32LE(8), bytes: value.subarray(12) };
}
