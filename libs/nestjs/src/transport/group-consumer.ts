import type { Client, Delivery, GroupSubscription } from '@pochta/client';
import type { Consumer } from './consumer';
import { isDeadLetter, kept } from './dead-letters';
import { unfit } from './failure';
import { countDone, type Counts } from './handler-counts';
import { subscribeAsMember, watchSubscription } from './membership';
import { deliverSpan, handleMessage, type HandlingEnvironment, settled } from './message-handling';
import { PochtaContext } from './pochta-context';
import { type CountedBinding, settle, settleFailed } from './settlement';
import type { SubscribeOptions } from './subscribe-options';

/** A membership in a consumer group: each delivery goes to a handler, and is settled as that ends. */
export class GroupConsumer implements Consumer {
  running = 0;
  #subscription: GroupSubscription | undefined;

  constructor(
    private readonly pattern: string,
    /** The group's, and those for its handlers. */
    private readonly options: SubscribeOptions,
    private readonly bindings: readonly CountedBinding[],
    /** Whose message that is. */
    private readonly route: (topic: string) => CountedBinding | undefined,
    private readonly environment: HandlingEnvironment,
  ) {}

  get place(): string {
    return this.bindings.length === 1 ? this.bindings[0].place : `topics: '${this.pattern}'`;
  }

  get counts(): readonly Counts[] {
    return this.bindings.map(({ counts }) => counts);
  }

  async open(client: Client, onLost: (error: Error) => void): Promise<void> {
    const { logger, signal } = this.environment;
    const onMessage = (delivery: Delivery) => this.#handle(delivery);
    this.#subscription = await subscribeAsMember(client, this.pattern, this.options, {
      onMessage,
      logger,
      signal,
    });
    watchSubscription(this.#subscription, onLost);
  }

  async close(): Promise<void> {
    await this.#subscription?.drain();
  }

  /** Done when the handler is, and when a failure has been settled; the client acks otherwise. */
  #handle(delivery: Delivery): Promise<void> {
    const binding = this.route(delivery.topic);
    if (binding === undefined) return this.#unmatched(delivery);
    const context = new PochtaContext(delivery, this.environment.signal);
    this.running++;
    return new Promise((resolve) => {
      handleMessage(this.environment, binding.handler, delivery, context, (failure) => {
        this.running--;
        const { settledBy } = context;
        if (failure === undefined) countDone(binding.counts, settledBy);
        else settleFailed(binding, delivery, failure, this.environment.logger, settledBy);
        resolve();
      });
    });
  }

  #unmatched(delivery: Delivery): Promise<void> {
    const { topic, sequence } = delivery;
    const { logger } = this.environment;
    const next = isDeadLetter(delivery) ? 'it comes again' : 'it is a dead letter now';
    logger.error(`No handler matches ${topic} ${sequence}, which the topics take in: ${next}`);
    const failure = kept(delivery, unfit('no handler'));
    settled(deliverSpan(this.environment.connection, delivery), failure);
    settle(delivery, failure, logger);
    return Promise.resolve();
  }
}
