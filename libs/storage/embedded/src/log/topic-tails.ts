import type { Tail, TailListener } from '@pochta/storage-contract';

/** What a tail is told; a commit makes a list of them. */
export type Happening = (listener: TailListener) => void;

class AttachedTail implements Tail {
  closed = false;

  constructor(
    readonly listener: TailListener,
    readonly onClose: (tail: AttachedTail) => void,
  ) {}

  close(): void {
    this.closed = true;
    this.onClose(this);
  }
}

/** The tails of one topic. */
export class TopicTails {
  /** Once there has been one. */
  #tails: Set<AttachedTail> | undefined;

  attach(listener: TailListener): Tail {
    const all = (this.#tails ??= new Set());
    const tail = new AttachedTail(listener, (closed) => all.delete(closed));
    all.add(tail);
    return tail;
  }

  /**
   * Holds the happenings of a commit that is just done for the tails there are now: a tail that is attached before they
   * are told is told of later commits only. `undefined` when nobody listens.
   */
  announcement(happenings: readonly Happening[]): (() => void) | undefined {
    if (this.#tails === undefined || this.#tails.size === 0) return undefined;
    const tails = [...this.#tails];
    return () => {
      for (const happening of happenings) {
        for (const tail of tails) if (!tail.closed) happening(tail.listener);
      }
    };
  }
}
