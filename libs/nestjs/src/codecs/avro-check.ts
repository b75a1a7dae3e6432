/** What `avsc` tells of a type, by its `typeName`. */
interface AvroShape {
  readonly typeName: string;
  readonly types?: readonly AvroShape[];
  readonly itemsType?: AvroShape;
  readonly valuesType?: AvroShape;
  readonly fields?: readonly { readonly type: AvroShape }[];
  readonly symbols?: readonly string[];
  readonly size?: number;
  readonly underlyingType?: AvroShape;
}

/** Levels of records, arrays and maps. */
const MAX_DEPTH = 100;
/** Elements that take no bytes, such as nulls, of all arrays together. */
const MAX_EMPTY_ELEMENTS = 65_536;
/** Values that take no bytes, such as nulls, more than there are bytes: of all records of all arrays together. */
const MAX_EMPTY_VALUES = 1_000_000;
/** Bytes of the longest integer, of 64 bits at 7 a byte. */
const MAX_INTEGER_BYTES = 10;

/**
 * Checks that the bytes are one whole value of the type, without making anything of it. The decoder makes room for as
 * many elements as an array says it has, and reads that many, though there be no bytes: a few could keep it busy for
 * hours. Throws a `RangeError`.
 */
export function checkAvro(type: AvroShape, bytes: Uint8Array): void {
  const walk = new Walk(bytes);
  walk.pass(type, 0);
  if (walk.at < bytes.length) throw new RangeError('something follows it');
}

class Walk {
  at = 0;
  #elements: number;
  #empty: number;

  constructor(private readonly bytes: Uint8Array) {
    this.#elements = bytes.length + MAX_EMPTY_ELEMENTS;
    this.#empty = bytes.length + MAX_EMPTY_VALUES;
  }

  pass(type: AvroShape, level: number): void {
    if (level > MAX_DEPTH) throw new RangeError(`it has more than ${MAX_DEPTH} levels`);
    // Logical types and unions have names such as `logical:decimal` and `union:wrapped`.
    if (type.underlyingType !== undefined) this.pass(type.underlyingType, level);
    else if (type.types !== undefined) this.pass(this.#choice(type.types), level);
    else if (type.itemsType !== undefined) this.#passBlocks(type.itemsType, false, level + 1);
    else if (type.valuesType !== undefined) this.#passBlocks(type.valuesType, true, level + 1);
    else if (type.fields !== undefined) this.#passFields(type.fields, level + 1);
    else if (type.symbols !== undefined) this.#choice(type.symbols);
    else this.#passLeaf(type);
  }

  #passLeaf({ typeName, size = 0 }: AvroShape): void {
    switch (typeName) {
      case 'null':
        return this.#countEmpty();
      case 'boolean':
        return this.#skip(1);
      case 'float':
        return this.#skip(4);
      case 'double':
        return this.#skip(8);
      case 'fixed':
        return size === 0 ? this.#countEmpty() : this.#skip(size);
      case 'string':
      case 'bytes':
        return this.#skip(this.#integer());
      default:
        // Integers, of whatever class longs are made.
        this.#integer();
    }
  }

  #passBlocks(type: AvroShape, keyed: boolean, level: number): void {
    for (let count = this.#integer(); count !== 0; count = this.#integer()) {
      // A block that tells its bytes has a negative count.
      if (count < 0) this.#integer();
      const elements = Math.abs(count);
      this.#elements -= elements;
      if (this.#elements < 0) throw new RangeError('it has more elements than bytes');
      for (let i = 0; i < elements; i++) {
        if (keyed) this.#skip(this.#integer());
        this.pass(type, level);
      }
    }
  }

  #passFields(fields: NonNullable<AvroShape['fields']>, level: number): void {
    if (fields.length === 0) this.#countEmpty();
    for (const field of fields) this.pass(field.type, level);
  }

  #countEmpty(): void {
    if (--this.#empty < 0) throw new RangeError('it has too many values without bytes');
  }

  #choice<T>(among: readonly T[]): T {
    const index = this.#integer();
    if (index < 0 || index >= among.length) throw new RangeError(`there is no choice ${index}`);
    return among[index];
  }

  #skip(length: number): void {
    if (length < 0) throw new RangeError('a length is negative');
    if (length > this.bytes.length - this.at) throw new RangeError('it is cut off');
    this.at += length;
  }

  /** A zigzag integer; not exact when it is large, which is enough to refuse it. */
  #integer(): number {
    let encoded = 0;
    let unit = 1;
    for (let i = 0; i < MAX_INTEGER_BYTES; i++) {
      if (this.at >= this.bytes.length) throw new RangeError('it is cut off');
      const byte = this.bytes[this.at++];
      encoded += (byte & 0x7f) * unit;
      if (byte < 0x80) return encoded % 2 === 0 ? encoded / 2 : -(encoded + 1) / 2;
      unit *= 128;
    }
    throw new RangeError(`an integer has more than ${MAX_INTEGER_BYTES} bytes`);
  }
}
