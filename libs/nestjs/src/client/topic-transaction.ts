import type { Delivery, PublishOptions, TransactionOptions } from '@pochta/client';
import { BaseRpcContext } from '@nestjs/microservices';
import { isPromise } from '../codecs/promises';
import type { PochtaConnection } from '../connections/pochta-connection';
import { outgoingHeaders } from '../logging/message-scope';
import type { TopicDefinition } from '../topics/topic-definition';
import { PayloadWriter, type AnyTopic } from './payload-writer';

type Options = Omit<PublishOptions, 'signal'>;

/** Gathers what is to be done all together or not at all: see `PochtaClientProxy.transaction`. */
export interface TopicTransaction {
  publish<T>(topic: TopicDefinition<T>, payload: NoInfer<T>, options?: Options): void;
  publish(topic: string, payload: unknown, options?: Options): void;
  /** Acks the message that a handler's context, or the delivery in it, is about. */
  ack(message: BaseRpcContext<unknown[]> | Delivery): void;
}

/** Rejects as `Client.transaction`, and, with nothing done, with what a check or a codec throws. */
export async function runTransaction(
  connection: PochtaConnection,
  gather: (transaction: TopicTransaction) => void | Promise<void>,
  options?: TransactionOptions,
): Promise<void> {
  const client = connection.current ?? (await connection.client());
  const writer = new PayloadWriter(connection);
  await client.transaction(async (transaction) => {
    /** In the order of the calls: each is added once all before it are. */
    let added: Promise<void> | undefined;
    const add = (topic: AnyTopic, payload: unknown, options?: Options): void => {
      const name = connection.topicName(topic);
      const sent = { ...options, headers: outgoingHeaders(options?.headers) };
      const written = writer.write(topic, name, payload);
      if (added === undefined && !isPromise(written)) return transaction.publish(name, written, sent);
      added = Promise.all([written, added]).then(([value]) => transaction.publish(name, value, sent));
      // It is awaited below, unless `gather` throws.
      added.catch(() => undefined);
    };
    await gather({ publish: add, ack: (message) => transaction.ack(deliveryOf(message)) });
    await added;
  }, options);
}

function deliveryOf(message: BaseRpcContext<unknown[]> | Delivery): Delivery {
  return message instanceof BaseRpcContext ? (message.getArgByIndex(0) as Delivery) : message;
}
