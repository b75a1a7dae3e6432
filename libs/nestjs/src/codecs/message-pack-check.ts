/** Levels of arrays and maps; as many as `@msgpack/msgpack` writes by default. */
export const MAX_DEPTH = 100;

/** For the head bytes 0xc0 to 0xdf: how many bytes say the length of what follows. */
const LENGTH_BYTES = [
  ...[0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0], // nil, unused, booleans; bytes; extensions; floats; unsigned
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4], // integers; fixed extensions; strings; arrays; maps
];
/** For the same: how many bytes follow besides. */
const FIXED_BYTES = [
  ...[0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 4, 8, 1, 2, 4, 8],
  ...[1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0, 0, 0, 0, 0],
];
const UNUSED = 0xc1;
const FIRST_ARRAY = 0xdc;
const FIRST_MAP = 0xde;

/**
 * Checks that the bytes are one whole MessagePack value, without making anything of it. The decoder makes room for as
 * many elements as an array says it has: a few bytes could ask it for gigabytes. Throws a `RangeError`.
 */
export function checkMessagePack(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  /** Values that each open array or map still lacks; the first stands for the payload. */
  const lacking = [1];
  /** Values that are lacking in all: each takes a byte at least. */
  let total = 1;
  let at = 0;
  while (total > 0) {
    if (total > bytes.length - at) throw new RangeError('it is cut off');
    while (lacking[lacking.length - 1] === 0) lacking.pop();
    lacking[lacking.length - 1]--;
    const { elements, end } = valueAt(view, at);
    total += elements - 1;
    at = end;
    if (elements === 0) continue;
    if (lacking.length > MAX_DEPTH) throw new RangeError(`it has more than ${MAX_DEPTH} levels`);
    lacking.push(elements);
  }
  if (at !== bytes.length) throw new RangeError(at > bytes.length ? 'it is cut off' : 'something follows it');
}

/** Where the value ends, or its elements begin, and how many they are. Throws a `RangeError` when its length is cut. */
function valueAt(view: DataView, at: number): { elements: number; end: number } {
  const head = view.getUint8(at);
  const next = at + 1;
  if (head < 0x80 || head >= 0xe0) return { elements: 0, end: next };
  if (head < 0x90) return { elements: 2 * (head & 0x0f), end: next };
  if (head < 0xa0) return { elements: head & 0x0f, end: next };
  if (head < 0xc0) return { elements: 0, end: next + (head & 0x1f) };
  if (head === UNUSED) throw new RangeError('0xc1 begins no value');
  const lengthBytes = LENGTH_BYTES[head - 0xc0];
  const length = lengthBytes === 0 ? 0 : lengthAt(view, next, lengthBytes);
  const end = next + lengthBytes;
  if (head >= FIRST_MAP) return { elements: 2 * length, end };
  if (head >= FIRST_ARRAY) return { elements: length, end };
  return { elements: 0, end: end + FIXED_BYTES[head - 0xc0] + length };
}

function lengthAt(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  return bytes === 2 ? view.getUint16(at) : view.getUint32(at);
}
