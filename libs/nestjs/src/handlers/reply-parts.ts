import type { HandlerListener } from './handler';

/** Where a reply goes. */
export interface ReplyOutlet<Encoded> {
  /** What goes on the wire for a value. What it throws is told by `failed`. */
  encode(value: unknown): Encoded;
  /** One of several values; more follow, or `ended`. */
  part(encoded: Encoded): void;
  /** The only value, or the last of several. */
  last(encoded: Encoded): void;
  /** No further value; perhaps there was none. */
  ended(): void;
  failed(error: unknown): void;
}

/**
 * Replies with each value that a handler gives. A value is held until the turn ends, so that one that is followed by the
 * end at once, as that of a promise, is a reply of its own and not the first part of one.
 */
export class ReplyParts<Encoded> implements HandlerListener {
  #held: { readonly encoded: Encoded } | undefined;
  #turnEnd: NodeJS.Immediate | undefined;
  #over = false;

  constructor(private readonly outlet: ReplyOutlet<Encoded>) {}

  next(value: unknown): void {
    if (this.#over) return;
    let encoded: Encoded;
    try {
      encoded = this.outlet.encode(value);
    } catch (error) {
      this.error(error);
      return;
    }
    this.#sendPart();
    this.#held = { encoded };
    this.#turnEnd = setImmediate(() => this.#sendPart());
  }

  error(error: unknown): void {
    if (this.#over) return;
    this.#sendPart();
    this.#over = true;
    this.outlet.failed(error);
  }

  complete(): void {
    if (this.#over) return;
    const held = this.#held;
    this.stop();
    if (held === undefined) this.outlet.ended();
    else this.outlet.last(held.encoded);
  }

  /** Nobody waits for the reply any more. */
  stop(): void {
    clearImmediate(this.#turnEnd);
    this.#held = undefined;
    this.#over = true;
  }

  #sendPart(): void {
    const held = this.#held;
    if (held === undefined) return;
    clearImmediate(this.#turnEnd);
    this.#held = undefined;
    this.outlet.part(held.encoded);
  }
}
