/** A key longer than this is not remembered. */
const MAX_KEY_BYTES = 1024;

/**
 * Remembers what the last few distinct byte strings stood for, so that a repeat costs a comparison of bytes: no string
 * is made, decoded or checked again. The oldest entry makes room.
 */
export class ByteCache<T> {
  readonly #keys: Buffer[] = [];
  readonly #values: T[] = [];
  #last = 0;
  #next = 0;

  /** `make` may throw; then nothing is remembered. */
  constructor(
    private readonly size: number,
    private readonly make: (bytes: Buffer, start: number, end: number) => T,
  ) {}

  get(bytes: Buffer, start: number, end: number): T {
    const last = this.#last;
    if (last < this.#keys.length && isAt(this.#keys[last], bytes, start, end)) return this.#values[last];
    for (let entry = 0; entry < this.#keys.length; entry++) {
      if (isAt(this.#keys[entry], bytes, start, end)) {
        this.#last = entry;
        return this.#values[entry];
      }
    }
    const value = this.make(bytes, start, end);
    if (end - start <= MAX_KEY_BYTES) {
      this.#last = this.#next;
      this.#keys[this.#next] = Buffer.from(bytes.subarray(start, end));
      this.#values[this.#next] = value;
      this.#next = (this.#next + 1) % this.size;
    }
    return value;
  }
}

/** Whether `bytes[start, end)` is `key`. Compares from the end: names that are alike differ there. */
export function isAt(key: Buffer, bytes: Buffer, start: number, end: number): boolean {
  let at = key.length;
  if (end - start !== at) return false;
  while (--at >= 0) if (key[at] !== bytes[start + at]) return false;
  return true;
}
