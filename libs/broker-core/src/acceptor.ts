import type { MessageBatch, PochtaError, TopicPolicy } from '@pochta/protocol';

/** What a topic's handler made of a batch. */
export interface Acceptance {
  /** What is to be stored, in order; `undefined` when all of it was refused. */
  readonly messages?: MessageBatch;
  /** The refused messages, by their index in the batch that came. The others are in `messages`. */
  readonly refused?: ReadonlyMap<number, PochtaError>;
}

/**
 * Stands between a publish and the store for one topic: checks messages, changes them, or refuses them. A topic
 * without one never pays for it.
 */
export interface Acceptor {
  /** The topic, by name. */
  readonly topic: string;
  /** The policy it declares for the topic. */
  readonly policy?: TopicPolicy;
  /** Must not reject. Batches of one connection are stored in the order they came, whichever is accepted first. */
  accept(messages: MessageBatch): Promise<Acceptance>;
}
