import type { Claim } from './claim';
import type { EmbeddedMember } from '../embedded-member';
import type { KeyLine } from './key-line';

/** Messages that were handed out to a member together, for the same time: what they share. */
export class Run {
  /** In pairs: the first sequence, and the one behind the last, of each stretch that was handed out. */
  readonly stretches: number[] = [];
  /** How many of them are in flight still. */
  left = 0;
  /** Payload bytes of all, and of the largest message. */
  #bytes = 0;
  #largest = 0;

  constructor(
    readonly member: EmbeddedMember,
    /** Deliveries that failed before this one. */
    readonly failures: number,
    /** When they count as failed, in ms by the clock's `elapsed`. */
    readonly deadline: number,
  ) {}

  /** Payload bytes of the largest message. */
  get largest(): number {
    return this.#largest;
  }

  /** At most as many payload bytes are in flight still. */
  get bytes(): number {
    return Math.min(this.#bytes, this.left * this.#largest);
  }

  /** The payload of one more message has so many bytes. */
  addBytes(bytes: number): void {
    this.#bytes += bytes;
    if (bytes > this.#largest) this.#largest = bytes;
  }
}

/** A message that failed and is not due yet. */
export class Wait {
  /** The message is gone from the log. */
  over = false;

  constructor(
    readonly sequence: number,
    readonly failures: number,
    /** In ms by the clock's `elapsed`. */
    readonly due: number,
  ) {}
}

/** Messages that may be handed out now, before those that nobody has looked at. */
export class Turn {
  constructor(readonly failures: number) {}
}

/** Messages that may not be handed out before an earlier one of their key is settled. */
export class Parked {
  constructor(
    readonly line: KeyLine,
    readonly priority: number,
  ) {}
}

/** Why a message that the group has not settled is not to be fetched from the log. */
export type Hold = Run | Claim | Wait | Turn | Parked;
