import { assertNever, errorFor, PochtaError, type MessageBatch, type PublishOutcome } from '@pochta/protocol';
import {
  topicsOf,
  unsupported,
  type AppendOperation,
  type AppendResult,
  type Clock,
  type GroupMember,
  type MessageStore,
  type TransactionOperation,
} from '@pochta/storage-contract';
import type { Acceptor } from './acceptor';
import { HandOverTurns } from './hand-over-turns';
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

/** Acks messages that are in flight to the connection as a member of a topic's group. */
export interface AckPart {
  readonly kind: 'ack';
  readonly topic: string;
  readonly group: string;
  readonly sequences: readonly number[];
}

/** What a transaction does, among other things. */
export type TransactionPart = AppendOperation | AckPart;

/** What all publishers of a broker share. */
export interface PublishContext {
  readonly store: MessageStore;
  readonly clock: Clock;
  readonly topics: TopicDirectory;
  readonly acceptors: ReadonlyMap<string, Acceptor>;
}

/** One connection's way to the store: keeps its batches in their order, also through asynchronous acceptors. */
export class Publisher {
  /** What of this connection's is still with an acceptor. */
  readonly #turns = new HandOverTurns();

  constructor(
    private readonly context: PublishContext,
    /** Whether nothing is taken in from this connection any more. */
    private readonly isOver: () => boolean,
  ) {}

  /**
   * Resolves when all that was published to the topic so far has been handed to the store, so that what is asked of it
   * next takes effect after that; `undefined` when it has been already.
   */
  handedOver(topic: string): Promise<void> | undefined {
    return this.#turns.handedOver(topic);
  }

  /** Never rejects: what went wrong is in the outcomes. Resolves once all that is stored is durable. */
  async publish(topic: string, messages: MessageBatch): Promise<PublishReceipt> {
    try {
      if (this.isOver()) throw errorFor('SHUTTING_DOWN');
      checkReserved(topic);
      const impossible = impossibleMessages(messages, this.context);
      const acceptor = this.context.acceptors.get(topic);
      if (impossible === undefined && acceptor === undefined) return await this.#append(topic, messages);
      return await this.#publishChecked(topic, messages, acceptor, impossible);
    } catch (error) {
      return refuseAll(messages.count, error);
    }
  }

  /**
   * Publishes and acks, all or nothing. Takes its place among what this connection publishes to the same topics.
   * Rejects with the reason of the first operation that cannot be done.
   */
  async transact(
    parts: readonly TransactionPart[],
    memberFor: (part: AckPart) => GroupMember,
  ): Promise<void> {
    const { acceptors, store } = this.context;
    if (this.isOver()) throw errorFor('SHUTTING_DOWN');
    if (!store.capabilities.transactions) {
      throw unsupported('transaction', store);
    }
    const operations = parts.map((part): TransactionOperation => {
      switch (part.kind) {
        case 'append':
          this.#checkPossible(part);
          return part;
        case 'ack':
          return { kind: 'ack', member: memberFor(part), sequences: part.sequences };
        default:
          return assertNever(part);
      }
    });
    const topics = topicsOf(operations);
    const isChecked = topics.some((topic) => acceptors.has(topic));
    if (!isChecked && !this.#turns.waitsFor(topics)) return this.#handOver(operations);
    return this.#turns.take(topics, async (previous, handedOver) => {
      const accepted = isChecked ? await acceptAll(operations, acceptors) : operations;
      await previous;
      const committed = this.#handOver(accepted);
      handedOver();
      await committed;
    });
  }

  /** Calls the store before it returns: the order of its calls is the order of the messages. */
  async #append(topic: string, messages: MessageBatch): Promise<PublishReceipt> {
    if (!this.#turns.waitsFor([topic])) return this.#appendNow(topic, messages);
    return this.#turns.take([topic], async (previous, handedOver) => {
      await previous;
      const appended = this.#appendNow(topic, messages);
      handedOver();
      return appended;
    });
  }

  async #appendNow(topic: string, messages: MessageBatch): Promise<PublishReceipt> {
    const created = this.context.topics.ensure(topic);
    // Does not wait for the topic: the store refuses the append if it was not created.
    const appended = this.context.store.append(topic, messages);
    return receipt(messages.count, await (created ? afterCreation(created, appended) : appended));
  }

  /** As with an append, nothing is awaited before the store is called. */
  async #handOver(operations: readonly TransactionOperation[]): Promise<void> {
    const creations: Promise<unknown>[] = [];
    for (const topic of topicsOf(operations)) {
      const created = this.context.topics.ensure(topic);
      if (created !== undefined) creations.push(created);
    }
    const committed = this.context.store.transact(operations);
    await (creations.length > 0 ? afterCreation(Promise.all(creations), committed) : committed);
  }

  #checkPossible({ topic, messages }: AppendOperation): void {
    checkReserved(topic);
    const impossible = impossibleMessages(messages, this.context);
    for (const refusal of impossible?.values() ?? []) throw refusal;
  }

  async #publishChecked(
    topic: string,
    messages: MessageBatch,
    acceptor: Acceptor | undefined,
    impossible: ReadonlyMap<number, PochtaError> | undefined,
  ): Promise<PublishReceipt> {
    const kept = indicesWithout(messages.count, impossible);
    const refused = new Map(impossible);
    if (kept.length === 0) return merge(messages.count, refused);
    const asked = impossible === undefined ? messages : messages.select(kept);
    // Without an acceptor nothing is awaited before the append, or a later batch would go before this one.
    if (acceptor === undefined) return merge(messages.count, refused, await this.#append(topic, asked));
    return this.#turns.take([topic], async (previous, handedOver) => {
      const accepted = await acceptor.accept(asked);
      await previous;
      accepted.refused?.forEach((error, index) => refused.set(kept[index], error));
      if (accepted.messages === undefined) return merge(messages.count, refused);
      const appended = this.#appendNow(topic, accepted.messages);
      handedOver();
      return merge(messages.count, refused, await appended);
    });
  }
}

/** Has each publish to a topic with an acceptor checked, in order. The first refusal refuses the whole. */
async function acceptAll(
  operations: readonly TransactionOperation[],
  acceptors: ReadonlyMap<string, Acceptor>,
): Promise<TransactionOperation[]> {
  const accepted: TransactionOperation[] = [];
  for (const operation of operations) {
    switch (operation.kind) {
      case 'append': {
        const messages = await acceptedOf(operation, acceptors.get(operation.topic));
        if (messages !== undefined) accepted.push({ ...operation, messages });
        break;
      }
      case 'ack':
        accepted.push(operation);
        break;
      default:
        assertNever(operation);
    }
  }
  return accepted;
}

/** `undefined` when none is to be stored. */
async function acceptedOf(
  operation: AppendOperation,
  acceptor: Acceptor | undefined,
): Promise<MessageBatch | undefined> {
  if (acceptor === undefined) return operation.messages;
  const { messages, refused } = await acceptor.accept(operation.messages);
  for (const refusal of refused?.values() ?? []) throw refusal;
  return messages;
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
