import { connect } from '@nats-io/transport-node';
import { HOST, type Message, type PlainClient, type PlainClientOptions } from './plain-client';

/** Longer than any wait that is no fault. */
const TIMEOUT_MS = 30_000;

/** Its `publish` has no promise: what it is given is as good as sent. */
export async function nats({ port, topic }: PlainClientOptions): Promise<PlainClient> {
  const connection = await connect({ servers: `${HOST}:${port}` });
  return {
    publish: (message) => {
      connection.publish(topic, JSON.stringify(message));
      return Promise.resolve();
    },
    subscribe: (take) => {
      connection.subscribe(topic, { callback: (_, message) => take(message.json<Message>()) });
      return connection.flush();
    },
    request: async (message) =>
      (await connection.request(topic, JSON.stringify(message), { timeout: TIMEOUT_MS })).json<Message>(),
    respond: (answer) => {
      connection.subscribe(topic, {
        callback: (_, message) => void message.respond(JSON.stringify(answer(message.json<Message>()))),
      });
      return connection.flush();
    },
    close: () => connection.drain(),
  };
}
