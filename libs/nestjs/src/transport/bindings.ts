import type { MessageHandler } from '@nestjs/microservices';
import { errorFor, PochtaError, validateTopicFilter, validateTopicName } from '@pochta/protocol';
import type { PochtaConnection } from '../connections/pochta-connection';
import { covers, overlap } from './filter-relations';
import { placeOf } from './handler-place';
import type { StrategyOptions } from './pochta-server-options';
import type { SubscribeOptions } from './subscribe-options';
import { groupOptions, optionsAmong, subscribeMistakes } from './subscribe-settings';
import { SUBSCRIPTION, type SubscriptionDeclaration } from './subscription-declaration';

/** A handler of events, and how it gets them. */
export interface EventBinding {
  /** A topic or a topic filter. */
  readonly pattern: string;
  readonly handler: MessageHandler;
  /** For people: decorator, class and method, as far as known. */
  readonly place: string;
  /** With the strategy's defaults filled in. */
  readonly options: SubscribeOptions;
  readonly declaration: SubscriptionDeclaration | undefined;
}

/** A handler of requests. */
export interface RequestBinding {
  readonly handler: MessageHandler;
  /** As of an `EventBinding`. */
  readonly place: string;
}

/** What a strategy's handlers are bound to. */
export interface Bindings {
  /** With a subscription of their own. */
  readonly events: readonly EventBinding[];
  /** The option `topics`, with placeholders filled in. */
  readonly topics: readonly string[];
  /** Handlers of what these take in. */
  readonly routed: readonly EventBinding[];
  /** By topic. */
  readonly requests: ReadonlyMap<string, RequestBinding>;
}

interface Handler {
  readonly pattern: string;
  readonly handler: MessageHandler;
}

/** The handlers that Nest has found, until it is known what they are bound to. */
export class HandlerList {
  readonly #events: Handler[] = [];
  readonly #requests: Handler[] = [];

  add(pattern: string, handler: MessageHandler): void {
    (handler.isEventHandler === true ? this.#events : this.#requests).push({ pattern, handler });
  }

  /** Throws `INVALID_CONFIG` with everything that is wrong. */
  bind(options: StrategyOptions, connection: PochtaConnection): Bindings {
    const binder = new Binder(options, connection);
    for (const handler of this.#events) binder.addEvent(handler);
    for (const handler of this.#requests) binder.addRequest(handler);
    return binder.bindings();
  }
}

class Binder implements Bindings {
  readonly events: EventBinding[] = [];
  readonly topics: readonly string[];
  readonly routed: EventBinding[] = [];
  readonly requests = new Map<string, RequestBinding>();
  readonly #mistakes: string[] = [];

  constructor(
    private readonly options: StrategyOptions,
    private readonly connection: PochtaConnection,
  ) {
    const { group } = options;
    const topics = (options.topics ?? []).flatMap((topic) => this.#topicName(topic, 'topics') ?? []);
    this.topics = topics;
    this.#mistakes.push(...subscribeMistakes(this.#defaults()).map((mistake) => `PochtaServer: ${mistake}`));
    if (topics.length > 0 && group === undefined)
      this.#mistakes.push('topics: they are taken in by a group; give the strategy a group');
    for (const topic of topics) {
      const problem = validateTopicFilter(topic);
      if (problem !== undefined) this.#mistakes.push(`topics: '${topic}' ${problem}`);
      for (const other of topics.slice(topics.indexOf(topic) + 1))
        if (overlap(topic, other)) this.#mistakes.push(`topics: '${topic}' and '${other}' overlap`);
    }
  }

  addEvent({ pattern, handler }: Handler): void {
    const extras = (handler.extras ?? {}) as Record<string | symbol, unknown>;
    const declaration = extras[SUBSCRIPTION] as SubscriptionDeclaration | undefined;
    if (declaration !== undefined && !this.#isAlone(declaration, pattern)) return;
    const place = declaration?.place ?? placeOf('@EventPattern', pattern, handler);
    const topic = this.#topicName(declaration?.definition ?? pattern, place);
    if (topic === undefined) return;
    const own = optionsAmong(extras);
    const problem = validateTopicFilter(topic);
    const mistakes = subscribeMistakes(own);
    if (problem !== undefined) mistakes.push(`the topic or filter ${problem}`);
    if (mistakes.length === 0)
      mistakes.push(...this.#bind({ pattern: topic, handler, place, declaration }, own));
    this.#mistakes.push(...mistakes.map((mistake) => `${place}: ${mistake}`));
  }

  addRequest({ pattern, handler }: Handler): void {
    const extras = (handler.extras ?? {}) as Record<string | symbol, unknown>;
    const declaration = extras[SUBSCRIPTION] as SubscriptionDeclaration | undefined;
    if (declaration !== undefined && !this.#isAlone(declaration)) return;
    const place = placeOf('@MessagePattern', pattern, handler);
    const topic = this.#topicName(pattern, place);
    if (topic === undefined) return;
    const problem = validateTopicName(topic);
    if (problem !== undefined) this.#mistakes.push(`${place}: the topic ${problem}`);
    if (this.requests.has(topic))
      this.#mistakes.push(`${place} is on two methods of the app: only one could answer`);
    this.requests.set(topic, { handler, place });
  }

  bindings(): Bindings {
    this.events.forEach((binding, index) => this.#checkBoundOnce(binding, this.events.slice(index + 1)));
    this.routed.forEach((binding, index) => {
      const other = this.routed.slice(index + 1).find(({ pattern }) => pattern === binding.pattern);
      if (other !== undefined) this.#mistakes.push(boundTwice(binding, other));
    });
    if (this.#mistakes.length > 0) throw errorFor('INVALID_CONFIG', this.#mistakes.join('\n'));
    return this;
  }

  /** Nest keeps the pattern of one decorator of a method only, and hides the other. */
  #isAlone(declaration: SubscriptionDeclaration, pattern?: string): boolean {
    declaration.bound = true;
    const { place, patterns, displaces } = declaration;
    if (!displaces && pattern !== undefined && patterns.includes(pattern)) return true;
    const mistake = `${place}: the method has another pattern beside it, and Nest keeps one only: give each a method of its own`;
    if (!this.#mistakes.includes(mistake)) this.#mistakes.push(mistake);
    return false;
  }

  /** Gives what is wrong. */
  #bind(binding: Omit<EventBinding, 'options'>, own: SubscribeOptions): string[] {
    if (own.broadcast === true) {
      this.events.push({ ...binding, options: { from: 'new', concurrency: 1, ...own } });
      return [];
    }
    const options = { ...this.#defaults(), ...given(own) };
    const { group } = options;
    if (group === undefined) {
      return [
        'has no consumer group; say { group: … } for the handler or for the PochtaServer (usually the name of the service: ' +
          'its processes share the messages), or { broadcast: true } if every process is to get every message',
      ];
    }
    const topics = group === this.options.group ? this.topics : [];
    if (topics.some((topic) => covers(topic, binding.pattern))) {
      this.routed.push({ ...binding, options });
      const alone = groupOptions(own);
      if (alone.length === 0) return [];
      return [`gets what the strategy's topics take in, so ${alone.join(', ')} need a group of its own`];
    }
    const torn = topics.find((topic) => overlap(topic, binding.pattern));
    if (torn !== undefined)
      return [`'${binding.pattern}' is only in part in '${torn}' of the strategy's topics; name both there`];
    this.events.push({ ...binding, options });
    return [];
  }

  #defaults(): SubscribeOptions {
    const { group, prefetch, concurrency, maxDeliveries, backoff, ackDeadline, from } = this.options;
    return given({ group, prefetch, concurrency, maxDeliveries, backoff, ackDeadline, from });
  }

  /** Two memberships in one group would take each other's messages. */
  #checkBoundOnce(binding: EventBinding, others: readonly EventBinding[]): void {
    for (const other of others) {
      const { group } = binding.options;
      const rivals =
        group === undefined ? binding.pattern === other.pattern : overlap(binding.pattern, other.pattern);
      if (group === other.options.group && rivals) this.#mistakes.push(boundTwice(binding, other));
    }
  }

  #topicName(topic: Parameters<PochtaConnection['topicName']>[0], place: string): string | undefined {
    try {
      return this.connection.topicName(topic);
    } catch (error) {
      if (!(error instanceof PochtaError)) throw error;
      this.#mistakes.push(`${place}: ${error.message}`);
      return undefined;
    }
  }
}

function boundTwice(first: EventBinding, second: EventBinding): string {
  const places =
    first.place === second.place ? samePlace(first, second) : `${first.place} and ${second.place}`;
  const { group } = first.options;
  if (group === undefined) return `${places}: broadcast of '${first.pattern}' is bound twice`;
  const patterns =
    first.pattern === second.pattern ? `'${first.pattern}'` : `'${first.pattern}' and '${second.pattern}'`;
  return `${places}: the group ${group} would share the messages of ${patterns} among both; give one another group`;
}

function samePlace({ place, declaration }: EventBinding, second: EventBinding): string {
  return declaration !== undefined && declaration === second.declaration
    ? place
    : `${place} is on two methods`;
}

function given<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
