/** How a payload tells when it was due: by the system's monotonic clock, which all processes share. */
const MARK = '"due":"';
/** Digits of the microseconds since the machine's start: enough for 30 years. */
const DIGITS = 15;
const ZERO = '0'.charCodeAt(0);
const MARK_BYTES = Buffer.from(MARK);

/** What a message of a latency run says. */
export interface Stamped {
  readonly due: string;
  readonly note: string;
}

/** The system's monotonic clock, in microseconds. */
export function microseconds(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}

/** A message whose JSON has exactly so many bytes. */
export function stamped(due: number, payloadBytes: number): Stamped {
  const digits = Math.round(due).toString().padStart(DIGITS, '0');
  const head = JSON.stringify({ due: digits, note: '' });
  return { due: digits, note: 'x'.repeat(payloadBytes - head.length) };
}

/** Bytes that hold a stamped payload somewhere, with another due time each. */
export class StampedBytes {
  readonly #at: number;

  constructor(private readonly template: Buffer) {
    this.#at = template.indexOf(MARK_BYTES) + MARK_BYTES.length;
  }

  /** A copy, since a socket may still hold the one before. */
  with(due: number): Buffer {
    const bytes = Buffer.from(this.template);
    bytes.write(Math.round(due).toString().padStart(DIGITS, '0'), this.#at, 'latin1');
    return bytes;
  }
}

/** Finds due times in what a connection is sent, whatever is around them and wherever chunks cut them. */
export class DueTimeScanner {
  #rest: Buffer = Buffer.alloc(0);

  constructor(private readonly found: (due: number) => void) {}

  scan(chunk: Buffer): void {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let from = 0;
    let at = data.indexOf(MARK_BYTES);
    while (at !== -1 && at + MARK_BYTES.length + DIGITS <= data.length) {
      from = at + MARK_BYTES.length + DIGITS;
      this.found(numberAt(data, at + MARK_BYTES.length));
      at = data.indexOf(MARK_BYTES, from);
    }
    // The mark itself may be cut.
    this.#rest = data.subarray(at === -1 ? Math.max(from, data.length - MARK_BYTES.length + 1) : at);
  }
}

function numberAt(data: Buffer, at: number): number {
  let value = 0;
  for (let index = at; index < at + DIGITS; index++) value = value * 10 + data[index] - ZERO;
  return value;
}
