import { connect } from 'amqplib';
import { DEFAULT_LIMIT, HOST, type Message, type PlainClient, type PlainClientOptions } from './plain-client';

/** A durable quorum queue of persistent messages, which drops the oldest; its member acks each message. */
export async function amqp(options: PlainClientOptions): Promise<PlainClient> {
  const { port, topic, limit = DEFAULT_LIMIT } = options;
  const connection = await connect(`amqp://${HOST}:${port}`);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(topic, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-max-length': limit },
  });
  return {
    publish: (message) =>
      new Promise((resolve, reject) => {
        const bytes = Buffer.from(JSON.stringify(message));
        channel.sendToQueue(topic, bytes, { persistent: true }, (error) =>
          error ? reject(new Error('RabbitMQ refused a message', { cause: error })) : resolve(undefined),
        );
      }),
    consume: async (prefetch, take) => {
      await channel.prefetch(prefetch);
      await channel.consume(topic, (message) => {
        if (message === null) throw new Error('RabbitMQ has cancelled the consumer');
        take(JSON.parse(message.content.toString()) as Message);
        channel.ack(message);
      });
    },
    close: () => connection.close(),
  };
}
