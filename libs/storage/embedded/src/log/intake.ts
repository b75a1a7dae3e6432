import { MessageBatch, type TopicPolicy } from '@pochta/protocol';
import type { MessageRefusal } from '@pochta/storage-contract';
import type { DedupeWindow, WindowMark } from '../dedupe/dedupe-window';
import type { TopicState } from './topic-state';

/** What of a batch is to be stored. */
export interface Selection {
  /** Without their ids, which the window keeps; `undefined` when none is to be stored. */
  readonly messages: MessageBatch | undefined;
  readonly repeats: number;
  readonly refusals?: readonly MessageRefusal[];
}

/**
 * Decides which messages of one batch or several a topic takes. With `reject`, all are refused from the first one on
 * that does not fit; otherwise only those that would not even fit into an empty topic.
 */
export class Intake {
  readonly #policy: TopicPolicy;
  readonly #window: () => DedupeWindow;
  #messages: number;
  #bytes: number;
  #full = false;
  /** The window, and how it was before; once it was asked. */
  #asked: { readonly window: DedupeWindow; readonly mark: WindowMark } | undefined;

  /** `window`: gives the ids that the topic remembers; called when there are ids to look for. */
  constructor(policy: TopicPolicy, state: TopicState, window: () => DedupeWindow) {
    this.#policy = policy;
    this.#window = window;
    this.#messages = policy.maxMessages - state.messages;
    this.#bytes = policy.maxBytes - state.bytes;
  }

  /** What is selected is to be stored, in this order, or to be taken back: the window remembers its ids already. */
  select(batch: MessageBatch): Selection {
    const ids = batch.messageIds;
    if (ids !== undefined && this.#policy.dedupeWindow > 0) return this.#selectNew(batch, ids);
    const { overflow, maxBytes } = this.#policy;
    const allFit =
      overflow === 'reject'
        ? batch.count <= this.#messages && batch.byteLength <= this.#bytes
        : batch.byteLength <= maxBytes;
    if (!allFit) return this.#selectEach(batch, () => false);
    this.#messages -= batch.count;
    this.#bytes -= batch.byteLength;
    return { messages: withoutIds(batch), repeats: 0 };
  }

  /** Nothing of what was selected is to be stored: the window is as it was. */
  takeBack(): void {
    this.#asked?.window.revert(this.#asked.mark);
  }

  /** Leaves out what the window remembers, and has it remember the rest. */
  #selectNew(batch: MessageBatch, ids: readonly (string | undefined)[]): Selection {
    if (this.#asked === undefined) {
      const window = this.#window();
      this.#asked = { window, mark: window.mark() };
    }
    const { window } = this.#asked;
    return this.#selectEach(batch, (index, fits) => {
      const id = ids[index];
      if (id === undefined) return false;
      return fits ? !window.admit(id, this.#policy) : window.has(id);
    });
  }

  #selectEach(batch: MessageBatch, isRepeat: (index: number, fits: boolean) => boolean): Selection {
    const chosen: number[] = [];
    const refusals: MessageRefusal[] = [];
    let repeats = 0;
    for (let index = 0; index < batch.count; index++) {
      const length = batch.end(index) - batch.start(index);
      const fits = this.#fits(length);
      if (isRepeat(index, fits)) repeats++;
      else if (fits) {
        this.#messages--;
        this.#bytes -= length;
        chosen.push(index);
      } else {
        this.#full = this.#policy.overflow === 'reject';
        refusals.push({ index, code: 'TOPIC_FULL' });
      }
    }
    return {
      messages: choose(batch, chosen),
      repeats,
      refusals: refusals.length === 0 ? undefined : refusals,
    };
  }

  #fits(length: number): boolean {
    if (this.#policy.overflow !== 'reject') return length <= this.#policy.maxBytes;
    return !this.#full && this.#messages > 0 && length <= this.#bytes;
  }
}

function choose(batch: MessageBatch, chosen: readonly number[]): MessageBatch | undefined {
  if (chosen.length === 0) return undefined;
  const from = chosen[0];
  const to = chosen[chosen.length - 1] + 1;
  return withoutIds(to - from === chosen.length ? batch.slice(from, to) : batch.select(chosen));
}

function withoutIds(batch: MessageBatch): MessageBatch {
  if (batch.messageIds === undefined) return batch;
  return new MessageBatch(batch.count, batch.bytes, batch.ends, batch.attributes);
}
