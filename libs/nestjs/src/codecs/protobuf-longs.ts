/** A 64-bit integer of `protobufjs`: a `Long`, or what does for one. */
interface Long {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

const LOWEST = -(2n ** 63n);
const BEYOND = 2n ** 64n;
/** Levels of a message; `protobufjs` has as many. */
const MAX_DEPTH = 100;

/** Puts numbers for the longs of a plain object, in place, or bigints for those that are no exact numbers. */
export function exactLongs(value: object): unknown {
  if (isLong(value)) return exactLong(value);
  if (ArrayBuffer.isView(value)) return value;
  const members = value as Record<string, unknown>;
  // Plain objects and arrays have nothing enumerable but their own; this is the fastest way through many small ones.
  for (const key in members) {
    const member = members[key];
    if (typeof member === 'object' && member !== null) members[key] = exactLongs(member);
  }
  return value;
}

/** A copy of the value with longs for bigints; the value itself when it has none. Leaves bigints of over 64 bits. */
export function longsOfBigints(value: unknown, level = 0): unknown {
  if (typeof value === 'bigint') return value >= LOWEST && value < BEYOND ? longOf(value) : value;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || level > MAX_DEPTH)
    return value;
  if (Array.isArray(value)) return value.map((element) => longsOfBigints(element, level + 1));
  const entries = Object.entries(value).map(([key, member]) => [key, longsOfBigints(member, level + 1)]);
  return Object.fromEntries(entries) as unknown;
}

function isLong(value: object): value is Long {
  return (value as { readonly __isLong__?: unknown }).__isLong__ === true;
}

function exactLong({ low, high, unsigned }: Long): number | bigint {
  const upper = unsigned ? high >>> 0 : high;
  const number = upper * 2 ** 32 + (low >>> 0);
  if (Number.isSafeInteger(number)) return number;
  return (BigInt(upper) << 32n) | BigInt(low >>> 0);
}

function longOf(value: bigint): Long {
  return {
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: value > 0n,
  };
}
