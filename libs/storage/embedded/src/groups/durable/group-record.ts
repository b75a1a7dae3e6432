import type { GroupConfig } from '@pochta/storage-contract';

/** What is kept of a consumer group. */
export interface GroupRecord {
  readonly name: string;
  readonly config: GroupConfig;
  /** All messages below this sequence are acked, or gone. */
  readonly floor: number;
  /** Messages that were removed before the group acked them, ever. */
  readonly lost: number;
  /** Messages that became dead letters, ever. */
  readonly deadLetters: number;
  /** Messages above the floor that are acked, and held. */
  readonly ahead: number;
  /** No message above this sequence is acked. */
  readonly highest: number;
  /** Messages that failed, and come again; and what the keys of their records begin with. */
  readonly retries: number;
  readonly retriesNumber: number;
}

/** A message that failed, and comes again. */
export interface Retry {
  /** Deliveries that failed. */
  readonly failures: number;
  /** When it is due, in the store's time, and how long it waits altogether; both in ms. */
  readonly due: number;
  readonly wait: number;
}

/**
 * A group's record, little-endian: the format, 2, in a byte; eleven doubles: floor, lost, dead letters, ahead, highest,
 * retries and their number, ack deadline, most deliveries, shortest and longest backoff; the name.
 */
const FORMAT = 2;
const NUMBERS = 11;
const RETRY_FORMAT = 1;
const RETRY_BYTES = 25;

export function encodeGroup({ name, config, ...group }: GroupRecord): Buffer {
  const { ackDeadline, maxDeliveries, backoffMin, backoffMax } = config;
  const { floor, lost, deadLetters, ahead, highest, retries, retriesNumber } = group;
  const counts = [floor, lost, deadLetters, ahead, highest, retries, retriesNumber];
  const numbers = [...counts, ackDeadline, maxDeliveries, backoffMin, backoffMax];
  const value = Buffer.allocUnsafe(1 + NUMBERS * 8 + Buffer.byteLength(name));
  value[0] = FORMAT;
  numbers.forEach((number, index) => value.writeDoubleLE(number, 1 + index * 8));
  value.write(name, 1 + NUMBERS * 8);
  return value;
}

/** Throws when these are not the bytes of a group. */
export function decodeGroup(value: Buffer): GroupRecord {
  if (value[0] !== FORMAT || value.length < 1 + NUMBERS * 8) throw new Error('a group is damaged');
  const number = (index: number): number => value.readDoubleLE(1 + index * 8);
  return {
    name: value.toString('utf8', 1 + NUMBERS * 8),
    floor: number(0),
    lost: number(1),
    deadLetters: number(2),
    ahead: number(3),
    highest: number(4),
    retries: number(5),
    retriesNumber: number(6),
    config: {
      ackDeadline: number(7),
      maxDeliveries: number(8),
      backoffMin: number(9),
      backoffMax: number(10),
    },
  };
}

/** A retry, little-endian: the format, 1, in a byte; three doubles: failures, due, wait. */
export function encodeRetry({ failures, due, wait }: Retry): Buffer {
  const value = Buffer.allocUnsafe(RETRY_BYTES);
  value[0] = RETRY_FORMAT;
  value.writeDoubleLE(failures, 1);
  value.writeDoubleLE(due, 9);
  value.writeDoubleLE(wait, 17);
  return value;
}

/** Throws when these are not the bytes of a retry. */
export function decodeRetry(value: Buffer): Retry {
  if (value[0] !== RETRY_FORMAT || value.length !== RETRY_BYTES) throw new Error('a retry is damaged');
  return { failures: value.readDoubleLE(1), due: value.readDoubleLE(9), wait: value.readDoubleLE(17) };
}
