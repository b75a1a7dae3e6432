import { AckPolicy, DiscardPolicy, jetstream as jetstreamOf, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import {
  DEFAULT_LIMIT,
  GROUP,
  HOST,
  type Message,
  type PlainClient,
  type PlainClientOptions,
} from './plain-client';

/** A stream in a file, which drops the oldest; its member is a durable pull consumer that acks each message. */
export async function jetstream(options: PlainClientOptions): Promise<PlainClient> {
  const { port, topic, limit = DEFAULT_LIMIT } = options;
  const connection = await connect({ servers: `${HOST}:${port}` });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: topic,
    subjects: [topic],
    max_msgs: limit,
    discard: DiscardPolicy.Old,
  });
  const stream = jetstreamOf(connection);
  return {
    publish: (message) => stream.publish(topic, JSON.stringify(message)),
    consume: async (prefetch, take) => {
      const ack_policy = AckPolicy.Explicit;
      await manager.consumers.add(topic, { durable_name: GROUP, ack_policy, max_ack_pending: prefetch });
      const consumer = await stream.consumers.get(topic, GROUP);
      await consumer.consume({
        max_messages: prefetch,
        callback: (message) => {
          take(message.json<Message>());
          message.ack();
        },
      });
    },
    close: () => connection.drain(),
  };
}
