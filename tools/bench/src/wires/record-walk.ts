/**
 * Walks what says at its beginning how long it is, wherever chunks cut it. Of each record it shows the beginning, and
 * says when all of it has come; the rest is skipped, not read.
 */
export class RecordWalk {
  #cut: Buffer | undefined;
  /** Bytes of the record under way that are still to come. */
  #missing = 0;

  constructor(
    /** The bytes of the record that begins there; 0 when too few of them are there to tell, and it is asked again. */
    private readonly begin: (bytes: Buffer, at: number) => number,
    private readonly end: () => void,
  ) {}

  walk(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#cut !== undefined) {
      bytes = Buffer.concat([this.#cut, chunk]);
      this.#cut = undefined;
    }
    let at = this.#missing;
    if (at > bytes.length) {
      this.#missing -= bytes.length;
      return;
    }
    if (at > 0) this.end();
    this.#missing = 0;
    while (at < bytes.length) {
      const size = this.begin(bytes, at);
      if (size === 0) {
        this.#cut = bytes.subarray(at);
        return;
      }
      at += size;
      if (at > bytes.length) this.#missing = at - bytes.length;
      else this.end();
    }
  }
}

/** Counts what the records that a chunk completes stand for: `begin` says it with the size of each. */
export function recordCounter(
  begin: (bytes: Buffer, at: number, stands: (count: number) => void) => number,
): (chunk: Buffer) => number {
  let sum = 0;
  let next = 0;
  const stands = (count: number) => (next = count);
  const walk = new RecordWalk(
    (bytes, at) => begin(bytes, at, stands),
    () => {
      sum += next;
      next = 0;
    },
  );
  return (chunk) => {
    const before = sum;
    walk.walk(chunk);
    return sum - before;
  };
}
