/** The message ids that one commit gave to a topic's dedupe window. */
export interface IdRecord {
  /** Position of the first one among all ids that the window ever got. */
  readonly start: number;
  readonly count: number;
  /** When they were stored, in ms since the epoch. */
  readonly timestamp: number;
  /** The ids, as `encodeIds` wrote them. */
  readonly bytes: Uint8Array;
}

/** A record that is to be written, if the medium writes any. */
export interface NewIdRecord extends Omit<IdRecord, 'bytes'> {
  /** Gives `bytes`. Only while the commit is being made. */
  encode(): Uint8Array;
}

/** A message id in parts: a stem, and a counter or -1 (see `idCounter`). */
export interface IdParts {
  readonly stem: string;
  readonly counter: number;
}

/**
 * Grammar: `ids = *run`; `run = varint(bytes of the stem) stem varint(ids of the run) 1*varint`. A run's ids share
 * the stem and count up: its first number is the first counter plus one (0: the id is the stem alone), each other
 * one the distance to the counter before it.
 */
export function encodeIds(ids: Iterable<IdParts>): Uint8Array {
  const writer = new ByteWriter();
  let stem: string | undefined;
  let run: number[] = [];
  let previous = -1;
  for (const id of ids) {
    if (id.stem !== stem || id.counter <= previous || previous < 0) {
      if (stem !== undefined) writer.run(stem, run);
      stem = id.stem;
      run = [id.counter + 1];
    } else run.push(id.counter - previous);
    previous = id.counter;
  }
  if (stem !== undefined) writer.run(stem, run);
  return writer.finish();
}

/** Calls `visit` for each id of a record, in order. Throws `RangeError` for bytes that `encodeIds` cannot have written. */
export function decodeIds(bytes: Uint8Array, visit: (stem: string, counter: number) => void): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = buffer.readUInt8(at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  };
  while (at < buffer.length) {
    const length = varint();
    if (at + length > buffer.length) throw new RangeError('message ids are cut off');
    const stem = buffer.toString('utf8', at, at + length);
    at += length;
    let counter = -1;
    for (let left = varint(); left > 0; left--) visit(stem, (counter += varint()));
  }
}

class ByteWriter {
  #bytes = Buffer.allocUnsafe(256);
  #used = 0;

  run(stem: string, numbers: readonly number[]): void {
    const length = Buffer.byteLength(stem);
    this.#varint(length);
    this.#reserve(length);
    this.#used += this.#bytes.write(stem, this.#used);
    this.#varint(numbers.length);
    for (const number of numbers) this.#varint(number);
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  #varint(value: number): void {
    this.#reserve(8);
    while (value >= 128) {
      this.#bytes[this.#used++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    this.#bytes[this.#used++] = value;
  }

  #reserve(length: number): void {
    if (this.#used + length <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe((this.#used + length) * 2);
    grown.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = grown;
  }
}
