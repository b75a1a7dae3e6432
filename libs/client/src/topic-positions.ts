import { isTopicFilter, type GapFrame, type Push, type StartPosition } from '@pochta/protocol';
import type { Gap } from './subscription';

/** A push with all that a subscription with `meta` is told. */
export type PlacedPush = Push & {
  readonly subscription: string;
  readonly sequence: number;
  readonly timestamp: number;
  readonly epoch: string;
};

interface Position {
  /** Last one seen; `undefined` at the start of an epoch. */
  sequence: number | undefined;
  /** `undefined` until a push has told. */
  epoch: string | undefined;
}

/** What a push means for its subscription: a repeat to be dropped, or a message, perhaps behind a hole. */
export type Advance = 'next' | 'repeat' | Gap;

/**
 * How far a subscription has come, in each of its topics: what makes it go on without loss or repeat on another
 * connection.
 */
export class TopicPositions {
  readonly #positions = new Map<string, Position>();
  /** When it was asked for, in ms since the epoch, by this machine's clock. */
  readonly #since = Date.now();

  constructor(
    private readonly topic: string,
    private readonly from: StartPosition,
  ) {}

  /** Moves on to a push. */
  advance({ topic, sequence, epoch }: PlacedPush): Advance {
    const position = this.#positions.get(topic);
    if (position === undefined) {
      this.#positions.set(topic, { sequence, epoch });
      return 'next';
    }
    const last = position.sequence;
    const sameEpoch = position.epoch === undefined || position.epoch === epoch;
    if (last !== undefined && sameEpoch && sequence <= last) return 'repeat';
    position.sequence = sequence;
    position.epoch = epoch;
    if (!sameEpoch) {
      const from = (last ?? 0) + 1;
      // Numbers of two epochs do not compare: the end is given as no less than the beginning.
      return { topic, from, to: Math.max(from, sequence - 1), reason: 'epoch' };
    }
    if (last === undefined || sequence === last + 1) return 'next';
    return { topic, from: last + 1, to: sequence - 1, reason: 'unknown' };
  }

  /** Moves over a hole that the broker told of; returns the part of it that is new. */
  skip({ topic, from, to, reason, epoch }: GapFrame): Gap | undefined {
    const position = this.#positions.get(topic);
    if (reason === 'epoch') {
      if (epoch !== undefined && position?.epoch === epoch) return undefined;
      this.#positions.set(topic, { sequence: undefined, epoch });
      return { topic, from, to, reason };
    }
    const last = position?.sequence;
    if (last !== undefined && to <= last) return undefined;
    this.#positions.set(topic, { sequence: to, epoch: position?.epoch });
    return { topic, from: last === undefined ? from : Math.min(from, last + 1), to, reason };
  }

  /**
   * Where to go on. A filter goes on from where it began, for the protocol can name one position only: what has been
   * seen of each topic comes again, and `advance` drops it.
   */
  resume(): StartPosition {
    const position = isTopicFilter(this.topic) ? undefined : this.#positions.get(this.topic);
    if (position?.sequence !== undefined) return { sequence: position.sequence + 1, epoch: position.epoch };
    if (position !== undefined) return 'earliest';
    // Nothing has come yet, but what was published since the subscription began is due.
    return this.from === 'new' || this.from === 'last' ? { time: this.#since } : this.from;
  }
}
