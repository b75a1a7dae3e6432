import type { Delivery, PublishOptions, Transaction, TransactionOptions } from '@pochta/client';
import { errorFor } from '@pochta/protocol';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { Span } from '../telemetry/telemetry';
import type { TopicDefinition } from '../topics/topic-definition';
import { PochtaBatchContext, PochtaContext } from '../transport/pochta-context';
import { LatePayload } from './late-payload';
import { outgoing } from './outgoing';
import { PayloadWriter, type AnyTopic } from './payload-writer';

type Options = Omit<PublishOptions, 'signal'>;

/** Gathers what is to be done all together or not at all: see `PochtaClientProxy.transaction`. */
export interface TopicTransaction {
  publish<T>(topic: TopicDefinition<T>, payload: NoInfer<T>, options?: Options): void;
  publish(topic: string, payload: unknown, options?: Options): void;
  /**
   * Acks the message that a handler's context, or the delivery in it, is about, or all messages of a batch. Throws
   * `NOT_SUPPORTED` for what is no message of a consumer group, and `NOT_IN_FLIGHT` for one that is settled.
   */
  ack(message: PochtaContext | PochtaBatchContext | Delivery): void;
}

/** Rejects as `Client.transaction`, and, with nothing done, with what a check or a codec throws. */
export async function runTransaction(
  connection: PochtaConnection,
  gather: (transaction: TopicTransaction) => void | Promise<void>,
  options?: TransactionOptions,
): Promise<void> {
  const client = connection.current ?? (await connection.client());
  const gathered = new GatheredPublishes(connection);
  try {
    await client.transaction(async (transaction) => {
      const publish = gathered.publishTo(transaction);
      const ack: TopicTransaction['ack'] = (message) => {
        for (const delivery of deliveriesOf(message)) transaction.ack(delivery);
      };
      await gather({ publish, ack });
      await gathered.added;
    }, options);
    gathered.end();
  } catch (error) {
    gathered.end(error);
    throw error;
  }
}

class GatheredPublishes {
  /** In the order of the calls: each is added once all before it are. */
  added: Promise<void> | undefined;
  readonly #writer: PayloadWriter;
  readonly #spans: Span[] = [];

  constructor(private readonly connection: PochtaConnection) {
    this.#writer = new PayloadWriter(connection);
  }

  publishTo(transaction: Transaction): (topic: AnyTopic, payload: unknown, options?: Options) => void {
    return (topic, payload, options) => {
      const { name, options: sent, span } = outgoing(this.connection, 'publish', topic, options);
      if (span !== undefined) this.#spans.push(span);
      const taken = this.#writer.take(topic, name, payload, this.added !== undefined);
      const late = taken instanceof LatePayload;
      if (this.added === undefined && !late) return transaction.publish(name, taken, sent);
      this.added = Promise.all([late ? taken.ready : taken, this.added]).then(([value]) =>
        transaction.publish(name, value, sent),
      );
      // It is awaited once all is gathered, unless `gather` throws.
      this.added.catch(() => undefined);
    };
  }

  /** Ends the spans, with the error that has kept all of them from being published. */
  end(error?: unknown): void {
    for (const span of this.#spans) span.end(error);
  }
}

/** Throws `NOT_SUPPORTED`. */
function deliveriesOf(message: PochtaContext | PochtaBatchContext | Delivery): Delivery[] {
  if (message instanceof PochtaBatchContext) return message.messages.flatMap((one) => deliveriesOf(one));
  const delivery: unknown = message instanceof PochtaContext ? message.getArgByIndex(0) : message;
  if (isDelivery(delivery)) return [delivery];
  throw errorFor(
    'NOT_SUPPORTED',
    "A transaction acks messages of a consumer group: give it a handler's PochtaContext or PochtaBatchContext, or a Delivery",
  );
}

function isDelivery(value: unknown): value is Delivery {
  return typeof (value as Partial<Delivery> | null | undefined)?.ack === 'function';
}
