/** The bits of two integers. */
const MAX_FIELDS = 64;

/** The member names of a frame that a decoder knows: turns the bytes of a key into a small number, without a string. */
export class JsonFields<Name extends string> {
  /** Index of each name. */
  readonly of: Readonly<Record<Name, number>>;
  readonly #byLength: { readonly bytes: Buffer; readonly index: number }[][] = [];

  /** At most 64 names: which of them a frame has is kept in the bits of two integers. Throws a `RangeError`. */
  constructor(readonly names: readonly Name[]) {
    if (names.length > MAX_FIELDS) {
      throw new RangeError(`A frame has at most ${MAX_FIELDS} fields that are known, not ${names.length}`);
    }
    this.of = Object.fromEntries(names.map((name, index) => [name, index])) as Record<Name, number>;
    names.forEach((name, index) => {
      const bytes = Buffer.from(name, 'latin1');
      (this.#byLength[bytes.length] ??= []).push({ bytes, index });
    });
    for (let length = 0; length < this.#byLength.length; length++) this.#byLength[length] ??= [];
  }

  /** Index of the name at `bytes[start, end)`, quotes not included; -1 when it is not known. */
  find(bytes: Buffer, start: number, end: number): number {
    const length = end - start;
    if (length >= this.#byLength.length) return -1;
    const candidates = this.#byLength[length];
    for (let c = 0; c < candidates.length; c++) {
      const name = candidates[c].bytes;
      let at = 0;
      while (at < length && name[at] === bytes[start + at]) at++;
      if (at === length) return candidates[c].index;
    }
    return -1;
  }

  /** As `find`, for a key that is written with escapes. `bytes[start, end)` must be the inside of a valid JSON string. */
  findEscaped(bytes: Buffer, start: number, end: number): number {
    // The longest name, each character as \uXXXX: a longer key is not worth decoding.
    if (end - start > 6 * this.#byLength.length) return -1;
    const name: unknown = JSON.parse(`"${bytes.toString('utf8', start, end)}"`);
    return this.names.indexOf(name as Name);
  }
}
