import { CONNECT_DEFAULTS } from '@pochta/client';
import { errorFor } from '@pochta/protocol';

/** Counts what waits to be sent, within limits. */
export class WaitingRoom {
  #count = 0;
  #bytes = 0;

  constructor(
    /** For people. */
    private readonly what: string,
    private readonly maxCount: number,
    private readonly maxBytes: number = CONNECT_DEFAULTS.maxUnconfirmedBytes,
  ) {}

  /** Takes one more in. Throws `BUFFER_FULL`. */
  enter(bytes: number): void {
    if (this.#count >= this.maxCount)
      throw errorFor('BUFFER_FULL', `More than ${this.maxCount} ${this.what} would wait to be sent`);
    this.grow(bytes);
    this.#count++;
  }

  /** One of them has turned out to be larger. Throws `BUFFER_FULL`. */
  grow(bytes: number): void {
    if (this.#bytes + bytes > this.maxBytes)
      throw errorFor('BUFFER_FULL', `More than ${this.maxBytes} bytes of ${this.what} would wait to be sent`);
    this.#bytes += bytes;
  }

  leave(bytes: number): void {
    this.#count--;
    this.#bytes -= bytes;
  }
}

/** The client would find it too, but only once it is there. Throws `INVALID_FRAME`. */
export function checkTopicName(name: string, validate: (name: string) => string | undefined): void {
  const problem = validate(name);
  if (problem !== undefined) throw errorFor('INVALID_FRAME', `topic ${problem}`, { field: 'topic' });
}
