/**
 * Keys of the data file: one byte for the kind, then, big-endian so that they sort, a topic's key (4 bytes) and a
 * number (8 bytes), a name, or a record's key.
 */
export const KIND = {
  /** About the data file: see `META`. */
  meta: 1,
  /** Topic key: the topic's definition. */
  topic: 2,
  /** Topic key: the topic's state. */
  state: 3,
  /** Name: what is left of a deleted topic. */
  mark: 4,
  /** Topic key, first sequence: a batch. */
  batch: 5,
  /** Topic key, position: remembered message ids. */
  ids: 6,
  /** Topic key: batches that are still to be removed. */
  waste: 7,
  /** Name: a topic whose messages another engine holds. */
  ledger: 8,
  /** Topic key, the record's key: a record. */
  record: 9,
} as const;

export const META = { version: metaKey(1), owner: metaKey(2) };

export function topicKey(kind: number, topic: number): Buffer {
  const key = Buffer.allocUnsafe(5);
  key[0] = kind;
  key.writeUInt32BE(topic, 1);
  return key;
}

export function numberKey(kind: number, topic: number, number: number): Buffer {
  const key = Buffer.allocUnsafe(13);
  key[0] = kind;
  key.writeUInt32BE(topic, 1);
  key.writeUInt32BE(Math.floor(number / 2 ** 32), 5);
  key.writeUInt32BE(number % 2 ** 32, 9);
  return key;
}

export function recordKey(topic: number, record: Buffer): Buffer {
  return Buffer.concat([topicKey(KIND.record, topic), record]);
}

/** The record's key in a key. */
export function recordOf(key: Buffer): Buffer {
  return key.subarray(5);
}

export function nameKey(kind: number, name: string): Buffer {
  return Buffer.concat([Buffer.of(kind), Buffer.from(name)]);
}

/** The topic's key in a key. */
export function topicOf(key: Buffer): number {
  return key.readUInt32BE(1);
}

/** The number in a key. */
export function numberOf(key: Buffer): number {
  return key.readUInt32BE(5) * 2 ** 32 + key.readUInt32BE(9);
}

function metaKey(which: number): Buffer {
  return Buffer.of(KIND.meta, which);
}
