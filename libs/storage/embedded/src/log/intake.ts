import type { MessageBatch, TopicPolicy } from '@pochta/protocol';
import type { MessageRefusal } from '@pochta/storage-contract';
import type { DedupeWindow, WindowMark } from '../dedupe/dedupe-window';
import type { DueTimeOf } from '../schedule/delayed-message';
import type { TopicState } from './topic-state';

/** What of a batch is to be stored. */
export interface Selection {
  /** Without their ids, which the window keeps; `undefined` when none is to be stored. */
  readonly messages: MessageBatch | undefined;
  readonly repeats: number;
  readonly refusals?: readonly MessageRefusal[];
}

/** What an intake needs of its topic. */
export interface IntakeHost {
  /** The ids that the topic remembers; called when there are ids to look for. */
  window(): DedupeWindow;
  /** When a message that is to wait becomes due. */
  readonly dueTimeOf: DueTimeOf;
  /** Removes something that does not count any more, or some of as much as is lacking; `false` when there is nothing. */
  makeRoom(messages: number, bytes: number): boolean;
}

/**
 * Decides which messages of one batch or several a topic takes. With `reject`, all are refused from the first one on
 * that does not fit; otherwise only those that would not even fit beside what waits until it is due.
 */
export class Intake {
  readonly #policy: TopicPolicy;
  readonly #state: () => TopicState;
  readonly #host: IntakeHost;
  /** Room that this intake has given away. */
  #messages = 0;
  #bytes = 0;
  #full = false;
  /** The window, and how it was before; once it was asked. */
  #asked: { readonly window: DedupeWindow; readonly mark: WindowMark } | undefined;

  /** `state`: as staged. */
  constructor(policy: TopicPolicy, state: () => TopicState, host: IntakeHost) {
    this.#policy = policy;
    this.#state = state;
    this.#host = host;
  }

  /** What is selected is to be stored, in this order, or to be taken back: the window remembers its ids already. */
  select(batch: MessageBatch): Selection {
    const ids = batch.messageIds;
    if (ids !== undefined && this.#policy.dedupeWindow > 0) return this.#selectNew(batch, ids);
    const isLater = batch.hasAttributes((one) => this.#host.dueTimeOf(one) !== undefined);
    // What comes at once pushes out the oldest, if it may; so one of it that fits lets all fit.
    const count = this.#pushesOut && !isLater ? 1 : batch.count;
    if (!this.#hasRoom(count, batch.byteLength)) return this.#selectEach(batch, () => false);
    if (isLater || !this.#pushesOut) this.#give(batch.count, batch.byteLength);
    return { messages: batch.withoutIds(), repeats: 0 };
  }

  /** Nothing of what was selected is to be stored: the window is as it was. */
  takeBack(): void {
    this.#asked?.window.revert(this.#asked.mark);
  }

  /** Leaves out what the window remembers, and has it remember the rest. */
  #selectNew(batch: MessageBatch, ids: readonly (string | undefined)[]): Selection {
    if (this.#asked === undefined) {
      const window = this.#host.window();
      this.#asked = { window, mark: window.mark() };
    }
    const { window } = this.#asked;
    return this.#selectEach(batch, (index, fits) => {
      const id = ids[index];
      if (id === undefined) return false;
      return fits ? !window.admit(id, this.#policy) : window.has(id);
    });
  }

  /** `isRepeat` has the window remember an id that is to be stored: one for which there is room. */
  #selectEach(batch: MessageBatch, isRepeat: (index: number, fits: boolean) => boolean): Selection {
    const chosen: number[] = [];
    const refusals: MessageRefusal[] = [];
    let repeats = 0;
    for (let index = 0; index < batch.count; index++) {
      const length = batch.end(index) - batch.start(index);
      let fits = !this.#full && this.#lacks(1, length) === undefined;
      // A repeat needs no room to be made.
      const isKnown = !fits && isRepeat(index, false);
      if (!fits && !isKnown && !this.#full) fits = this.#hasRoom(1, length);
      if (isKnown || isRepeat(index, fits)) repeats++;
      else if (fits) {
        if (!this.#pushesOut || this.#host.dueTimeOf(batch.attributes?.[index]) !== undefined)
          this.#give(1, length);
        chosen.push(index);
      } else {
        this.#full = !this.#pushesOut;
        refusals.push({ index, code: 'TOPIC_FULL' });
      }
    }
    return {
      messages: choose(batch, chosen),
      repeats,
      refusals: refusals.length === 0 ? undefined : refusals,
    };
  }

  get #pushesOut(): boolean {
    return this.#policy.overflow !== 'reject';
  }

  #give(messages: number, bytes: number): void {
    this.#messages += messages;
    this.#bytes += bytes;
  }

  /** Whether so much fits beside what cannot be pushed out; makes room, if that is possible. */
  #hasRoom(messages: number, bytes: number): boolean {
    for (;;) {
      const lacking = this.#lacks(messages, bytes);
      if (lacking === undefined) return true;
      if (this.#pushesOut || !this.#host.makeRoom(lacking.messages, lacking.bytes)) return false;
    }
  }

  /** What is lacking for so much; `undefined` when it fits. */
  #lacks(messages: number, bytes: number): { readonly messages: number; readonly bytes: number } | undefined {
    const state = this.#state();
    const held = this.#pushesOut ? 0 : state.messages;
    const heldBytes = this.#pushesOut ? 0 : state.bytes;
    const room = this.#policy.maxMessages - held - state.delayed - this.#messages;
    const byteRoom = this.#policy.maxBytes - heldBytes - state.delayedBytes - this.#bytes;
    if (messages <= room && bytes <= byteRoom) return undefined;
    return { messages: messages - room, bytes: bytes - byteRoom };
  }
}

function choose(batch: MessageBatch, chosen: readonly number[]): MessageBatch | undefined {
  if (chosen.length === 0) return undefined;
  const from = chosen[0];
  const to = chosen[chosen.length - 1] + 1;
  return (to - from === chosen.length ? batch.slice(from, to) : batch.select(chosen)).withoutIds();
}
