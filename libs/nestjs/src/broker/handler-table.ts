import type { MessageHandler } from '@nestjs/microservices';
import {
  errorFor,
  isTopicFilter,
  validateRequestTopic,
  validateTopicFilter,
  validateTopicName,
} from '@pochta/protocol';
import { TOPIC_DECLARATION, type TopicDeclaration } from './topic.decorator';
import { policyMistakes } from './topic-policy';

export interface TopicBinding {
  readonly declaration: TopicDeclaration;
  readonly handler: MessageHandler;
}

/** The app's handlers by what they hear: publishes, messages, requests. Notes what is wrong with them. */
export class HandlerTable {
  readonly topics = new Map<string, TopicBinding>();
  /** By topic or topic filter. */
  readonly events = new Map<string, MessageHandler>();
  readonly requests = new Map<string, MessageHandler>();
  readonly #mistakes: string[] = [];

  add(pattern: string, handler: MessageHandler, isEvent: boolean): void {
    const declaration = handler.extras?.[TOPIC_DECLARATION] as TopicDeclaration | undefined;
    if (declaration !== undefined) {
      const alone = !isEvent && !declaration.displaces && declaration.name === pattern;
      if (alone) this.#addTopic(pattern, { declaration, handler });
      else
        this.#mistakes.push(
          `${declaration.place} has @Topic and another pattern: give each a method of its own`,
        );
    } else if (isEvent) this.#addEvent(pattern, handler);
    else this.#addRequest(pattern, handler);
  }

  /** Throws `INVALID_CONFIG` with everything that is wrong. */
  check(): void {
    if (this.#mistakes.length > 0) throw errorFor('INVALID_CONFIG', this.#mistakes.join('\n'));
  }

  #addTopic(name: string, binding: TopicBinding): void {
    const { policy, place } = binding.declaration;
    const decorator = `@Topic('${name}') on ${place}`;
    const problem = isTopicFilter(name)
      ? 'must name one topic, not a filter: react to many with @EventPattern'
      : validateTopicName(name);
    if (problem !== undefined) this.#mistakes.push(`${decorator}: the name ${problem}`);
    for (const mistake of policyMistakes(policy)) this.#mistakes.push(`${decorator}: ${mistake}`);
    const first = this.topics.get(name);
    if (first === undefined) this.topics.set(name, binding);
    else {
      const places = `${first.declaration.place} and ${place}`;
      this.#mistakes.push(`@Topic('${name}') is on two methods, ${places}: a topic has one handler`);
    }
  }

  #addEvent(filter: string, handler: MessageHandler): void {
    const problem = validateTopicFilter(filter);
    if (problem !== undefined)
      this.#mistakes.push(`@EventPattern('${filter}'): the topic or filter ${problem}`);
    if (this.events.has(filter)) this.#mistakes.push(boundTwice('@EventPattern', filter));
    this.events.set(filter, handler);
  }

  #addRequest(topic: string, handler: MessageHandler): void {
    // Also names that begin with $: they are the broker's own, and so is this app.
    const problem = validateRequestTopic(topic);
    if (problem !== undefined) this.#mistakes.push(`@MessagePattern('${topic}'): the topic ${problem}`);
    if (this.requests.has(topic)) this.#mistakes.push(boundTwice('@MessagePattern', topic));
    this.requests.set(topic, handler);
  }
}

function boundTwice(decorator: string, pattern: string): string {
  return `${decorator}('${pattern}') is on two methods of the app: only one could hear it`;
}
