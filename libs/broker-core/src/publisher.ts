import { errorFor, PochtaError, type MessageBatch, type PublishOutcome } from '@pochta/protocol';
import type { AppendResult, MessageStore } from '@pochta/storage-contract';
import type { Acceptance, Acceptor } from './acceptor';
import { impossibleMessages } from './impossible-messages';
import { afterCreation } from './topics/after-creation';
import { checkReserved } from './topics/reserved-topic';
import type { TopicDirectory } from './topics/topic-directory';

/** What became of a batch. */
export interface PublishReceipt {
  /** One entry a message, `undefined` for those that are stored or were before; absent when all are. */
  readonly outcomes?: readonly PublishOutcome[];
  /** Sequence of the last message that was stored anew; 0 when none was. */
  readonly lastSequence: number;
}

/** What all publishers of a broker share. */
export interface PublishContext {
  readonly store: MessageStore;
  readonly topics: TopicDirectory;
  readonly acceptors: ReadonlyMap<string, Acceptor>;
  readonly closing: boolean;
}

/** One connection's way to the store: keeps its batches in their order, also through asynchronous acceptors. */
export class Publisher {
  /** Per topic with an acceptor: resolves when the last batch so far has been handed to the store. */
  readonly #handedOver = new Map<string, Promise<void>>();

  constructor(private readonly context: PublishContext) {}

  /**
   * Resolves when all that was published to the topic so far has been handed to the store, so that what is asked of it
   * next takes effect after that; `undefined` when it has been already.
   */
  handedOver(topic: string): Promise<void> | undefined {
    return this.#handedOver.get(topic);
  }

  /** Never rejects: what went wrong is in the outcomes. Resolves once all that is stored is durable. */
  async publish(topic: string, messages: MessageBatch): Promise<PublishReceipt> {
    try {
      if (this.context.closing) throw errorFor('SHUTTING_DOWN');
      checkReserved(topic);
      const unsupported = impossibleMessages(messages, this.context.store);
      const acceptor = this.context.acceptors.get(topic);
      if (unsupported === undefined && acceptor === undefined) return await this.#append(topic, messages);
      return await this.#publishChecked(topic, messages, acceptor, unsupported);
    } catch (error) {
      return refuseAll(messages.count, error);
    }
  }

  /** Calls the store before it returns: the order of its calls is the order of the messages. */
  async #append(topic: string, messages: MessageBatch): Promise<PublishReceipt> {
    const created = this.context.topics.ensure(topic);
    // Does not wait for the topic: the store refuses the append if it was not created.
    const appended = this.context.store.append(topic, messages);
    return receipt(messages.count, await (created ? afterCreation(created, appended) : appended));
  }

  async #publishChecked(
    topic: string,
    messages: MessageBatch,
    acceptor: Acceptor | undefined,
    unsupported: ReadonlyMap<number, PochtaError> | undefined,
  ): Promise<PublishReceipt> {
    const kept = indicesWithout(messages.count, unsupported);
    const refused = new Map(unsupported);
    if (kept.length === 0) return merge(messages.count, refused);
    const asked = unsupported === undefined ? messages : messages.select(kept);
    // Without an acceptor nothing is awaited before the append, or a later batch would go before this one.
    if (acceptor === undefined) return merge(messages.count, refused, await this.#append(topic, asked));
    return this.#publishAccepted(acceptor, asked, (accepted, stored) => {
      accepted.refused?.forEach((error, index) => refused.set(kept[index], error));
      return merge(messages.count, refused, stored);
    });
  }

  async #publishAccepted(
    acceptor: Acceptor,
    messages: MessageBatch,
    merged: (accepted: Acceptance, stored: PublishReceipt | undefined) => PublishReceipt,
  ): Promise<PublishReceipt> {
    const { topic } = acceptor;
    const previous = this.#handedOver.get(topic);
    let handedOver!: () => void;
    const turn = new Promise<void>((resolve) => (handedOver = resolve));
    this.#handedOver.set(topic, turn);
    try {
      const accepted = await acceptor.accept(messages);
      await previous;
      if (accepted.messages === undefined) return merged(accepted, undefined);
      const appended = this.#append(topic, accepted.messages);
      handedOver();
      return merged(accepted, await appended);
    } finally {
      await previous;
      handedOver();
      if (this.#handedOver.get(topic) === turn) this.#handedOver.delete(topic);
    }
  }
}

function indicesWithout(count: number, left: ReadonlyMap<number, unknown> | undefined): number[] {
  const indices: number[] = [];
  for (let index = 0; index < count; index++) if (!left?.has(index)) indices.push(index);
  return indices;
}

function receipt(count: number, result: AppendResult): PublishReceipt {
  const lastSequence = result.stored === 0 ? 0 : result.firstSequence + result.stored - 1;
  if (result.refusals === undefined) return { lastSequence };
  const outcomes: PublishOutcome[] = new Array(count).fill(undefined);
  for (const refusal of result.refusals) outcomes[refusal.index] = errorFor(refusal.code);
  return { lastSequence, outcomes };
}

/** Spreads the outcomes of what was handed to the store over the messages that came. */
function merge(
  count: number,
  refused: ReadonlyMap<number, PochtaError>,
  stored?: PublishReceipt,
): PublishReceipt {
  if (refused.size === 0 && stored !== undefined) return stored;
  const outcomes: PublishOutcome[] = new Array(count).fill(undefined);
  let next = 0;
  for (let index = 0; index < count; index++) {
    const refusal = refused.get(index);
    outcomes[index] = refusal ?? stored?.outcomes?.[next++];
  }
  return { outcomes, lastSequence: stored?.lastSequence ?? 0 };
}

function refuseAll(count: number, error: unknown): PublishReceipt {
  const refusal = error instanceof PochtaError ? error : errorFor('INTERNAL', undefined, { cause: error });
  return { outcomes: new Array<PublishOutcome>(count).fill(refusal), lastSequence: 0 };
}
