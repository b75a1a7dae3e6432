import type { GapReason, TopicPolicy } from '@pochta/protocol';
import type { IdRecord, NewIdRecord, Removal, TopicRecord, TopicState } from '@pochta/storage-embedded';

/** By their number in the data file: new ones go to the end. */
const REASONS: readonly GapReason[] = ['overflow', 'age', 'expired', 'taken', 'purged', 'compacted', 'epoch'];
const STATE_HEAD = 40;
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
  return { key, ...(JSON.parse(value.toString()) as Definition) };
}

/**
 * Five doubles (first sequence, next sequence, messages, bytes, last timestamp), then for each removal a double
 * (through) and a byte (reason); little-endian.
 */
export function encodeState(state: TopicState): Buffer {
  const value = Buffer.allocUnsafe(STATE_HEAD + state.removals.length * REMOVAL);
  let at = value.writeDoubleLE(state.firstSequence, 0);
  at = value.writeDoubleLE(state.nextSequence, at);
  at = value.writeDoubleLE(state.messages, at);
  at = value.writeDoubleLE(state.bytes, at);
  at = value.writeDoubleLE(state.lastTimestamp, at);
  for (const { through, reason } of state.removals) {
    at = value.writeDoubleLE(through, at);
    at = value.writeUInt8(REASONS.indexOf(reason), at);
  }
  return value;
}

export function decodeState(value: Buffer): TopicState {
  const removals: Removal[] = [];
  for (let at = STATE_HEAD; at < value.length; at += REMOVAL) {
    removals.push({ through: value.readDoubleLE(at), reason: REASONS[value.readUInt8(at + 8)] });
  }
  return {
    firstSequence: value.readDoubleLE(0),
    nextSequence: value.readDoubleLE(8),
    messages: value.readDoubleLE(16),
    bytes: value.readDoubleLE(24),
    lastTimestamp: value.readDoubleLE(32),
    removals,
  };
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
