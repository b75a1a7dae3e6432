import type { TopicPolicy } from '@pochta/protocol';
import { deadLetterTarget, type MessageStore } from '@pochta/storage-contract';

/**
 * Which engine each topic's dead letters are in: a dead-letter topic has the engine of all the topics whose dead letters
 * it takes, also before it is made, because a message moves there in one commit.
 */
export class DeadLetterHomes {
  /** Per dead-letter topic, the topics whose dead letters it takes, and the engine of each. */
  readonly #origins = new Map<string, Map<string, MessageStore>>();
  /** Per topic, its dead-letter topic. */
  readonly #targets = new Map<string, string>();

  /** Notes where a topic's dead letters go; what was noted of it before is forgotten. */
  set(topic: string, policy: TopicPolicy, home: MessageStore): void {
    this.delete(topic);
    const target = deadLetterTarget(topic, policy);
    if (target === undefined) return;
    this.#targets.set(topic, target);
    const origins = this.#origins.get(target);
    if (origins === undefined) this.#origins.set(target, new Map([[topic, home]]));
    else origins.set(topic, home);
  }

  delete(topic: string): void {
    const target = this.#targets.get(topic);
    if (target === undefined) return;
    const origins = this.#origins.get(target)!;
    origins.delete(topic);
    if (origins.size === 0) this.#origins.delete(target);
    this.#targets.delete(topic);
  }

  /** The engine in which a dead-letter topic is, or would be made; `undefined` when nobody's dead letters go there. */
  of(deadLetterTopic: string): MessageStore | undefined {
    return this.#origins.get(deadLetterTopic)?.values().next().value;
  }
}
