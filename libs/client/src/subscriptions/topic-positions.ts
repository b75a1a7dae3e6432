import {
  MAX_START_TOPICS,
  isByTopic,
  isTopicFilter,
  type FilterStartPosition,
  type GapFrame,
  type Push,
  type StartPosition,
  type SuccessAnswer,
  type TopicPosition,
} from '@pochta/protocol';
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

/** Where a subscription stood when the broker first answered: `sequence` and `epoch` of one topic, `time` of a filter. */
type Beginning = Pick<SuccessAnswer, 'sequence' | 'epoch' | 'time'>;

/** What a push means for its subscription: a repeat to be dropped, or a message, perhaps behind a hole. */
export type Advance = 'next' | 'repeat' | Gap;

/**
 * How far a subscription has come, in each of its topics: what makes it go on without loss or repeat on another
 * connection.
 */
export class TopicPositions {
  readonly #positions = new Map<string, Position>();
  #beginning: Beginning = {};

  constructor(
    private readonly topic: string,
    private readonly from: StartPosition | FilterStartPosition,
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

  /** The broker has answered for the first time, and said where the subscription stands. */
  began({ sequence, epoch, time }: Beginning): void {
    this.#beginning = { sequence, epoch, time };
  }

  /**
   * Where to go on. A filter goes on in each topic by itself, as long as that fits in `maxBytes` of JSON and the topics
   * are not too many. Otherwise it begins anew, which costs time: what has been seen comes again, and `advance` drops it.
   */
  resume(maxBytes: number): StartPosition | FilterStartPosition {
    return isTopicFilter(this.topic) ? this.#resumeFilter(maxBytes) : this.#resumeTopic();
  }

  #resumeTopic(): StartPosition | FilterStartPosition {
    const position = this.#positions.get(this.topic);
    if (position?.sequence !== undefined) return { sequence: position.sequence + 1, epoch: position.epoch };
    if (position !== undefined || this.from === 'earliest') return 'earliest';
    const { from } = this;
    const { sequence, epoch } = this.#beginning;
    if (sequence === undefined) return from;
    if (typeof from === 'string' || !('sequence' in from)) return { sequence, epoch };
    // In another epoch the broker begins behind a gap, which has not come.
    if (from.epoch !== undefined && from.epoch !== epoch) return from;
    return { sequence: Math.min(from.sequence, sequence), epoch };
  }

  #resumeFilter(maxBytes: number): StartPosition | FilterStartPosition {
    const { from } = this;
    const named = isByTopic(from) ? from.topics : undefined;
    const otherwise = this.#resumeUnseen(isByTopic(from) ? (from.otherwise ?? 'earliest') : from);
    // The same sequence for all topics there are cannot be asked for beside others.
    if (typeof otherwise === 'object' && 'sequence' in otherwise) return otherwise;
    const anew = named === undefined ? otherwise : { topics: named, otherwise };
    if (this.#positions.size === 0 || this.#positions.size > MAX_START_TOPICS) return anew;
    const topics = this.#resumeSeen(named, otherwise === 'earliest');
    if (topics.size > MAX_START_TOPICS) return anew;
    const exact = { topics: Object.fromEntries(topics), otherwise };
    return Buffer.byteLength(JSON.stringify(exact)) <= maxBytes ? exact : anew;
  }

  #resumeSeen(
    named: Readonly<Record<string, TopicPosition>> | undefined,
    othersAtEarliest: boolean,
  ): Map<string, TopicPosition> {
    const topics = new Map(Object.entries(named ?? {}));
    for (const [topic, { sequence, epoch }] of this.#positions) {
      if (sequence !== undefined) topics.set(topic, { sequence: sequence + 1, epoch });
      // Nothing of its new epoch has come.
      else if (othersAtEarliest) topics.delete(topic);
      else topics.set(topic, { sequence: 1, epoch });
    }
    return topics;
  }

  /** Where topics that nothing has come from go on: all that was published since the subscription began is due. */
  #resumeUnseen(from: StartPosition): Exclude<StartPosition, 'new' | 'last'> {
    if (from === 'earliest') return from;
    const { time = 0 } = this.#beginning;
    if (from === 'new' || from === 'last') return { time };
    return 'time' in from ? { time: Math.min(from.time, time) } : from;
  }
}
