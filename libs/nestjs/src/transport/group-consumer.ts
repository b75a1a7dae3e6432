import type { Client, Delivery, GroupSubscription } from '@pochta/client';
import type { EventBinding } from './bindings';
import type { Consumer } from './consumer';
import { type Failure, termination } from './failure';
import { reportFailure } from './failure-report';
import { type Counts, noCounts } from './handler-counts';
import { subscribeAsMember, watchSubscription } from './membership';
import { deliverSpan, handleMessage, type HandlingEnvironment, settled } from './message-handling';
import { PochtaContext } from './pochta-context';
import type { SubscribeOptions } from './subscribe-options';

/** A handler, and how often what became of its messages. */
export interface CountedBinding extends EventBinding {
  readonly counts: Counts;
}

export function counted(binding: EventBinding): CountedBinding {
  return { ...binding, counts: noCounts(binding.pattern, binding.options.group) };
}

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

  async open(client: Client): Promise<void> {
    const { logger, signal } = this.environment;
    const onMessage = (delivery: Delivery) => this.#handle(delivery);
    this.#subscription = await subscribeAsMember(client, this.pattern, this.options, {
      onMessage,
      logger,
      signal,
    });
    watchSubscription(this.#subscription, logger);
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
        if (failure === undefined) binding.counts.handled++;
        else this.#failed(binding, delivery, failure);
        resolve();
      });
    });
  }

  #failed(binding: CountedBinding, delivery: Delivery, failure: Failure): void {
    const { logger } = this.environment;
    reportFailure(logger, binding, binding.counts, delivery, failure);
    settle(delivery, failure, (error) =>
      logger.debug(`${delivery.topic} ${delivery.sequence}: ${error.message}`),
    );
  }

  #unmatched(delivery: Delivery): Promise<void> {
    const { topic, sequence } = delivery;
    const { logger } = this.environment;
    logger.error(
      `No handler matches ${topic} ${sequence}, which the topics take in: it is a dead letter now`,
    );
    const failure = termination('no handler');
    settled(deliverSpan(this.environment.connection, delivery), failure);
    settle(delivery, failure, (error) => logger.debug(error.message));
    return Promise.resolve();
  }
}

/** Settles what failed, unless the handler has done so itself. What cannot be settled comes again in any case. */
export function settle(
  delivery: Delivery,
  { verb, delay, reason }: Failure,
  onVoid: (error: Error) => void,
): void {
  if (!delivery.open) return;
  const settled = verb === 'nack' ? delivery.nack(delay) : delivery.terminate(reason);
  settled.catch(onVoid);
  // What could not even be asked for must not be acked when the handler's promise is done.
  if (delivery.open) delivery.nack().catch(onVoid);
}
