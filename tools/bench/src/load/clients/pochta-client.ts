import { connect } from '@pochta/client';
import { GROUP, HOST, type Message, type PlainClient, type PlainClientOptions } from './plain-client';

export async function pochta({ port, topic }: PlainClientOptions): Promise<PlainClient> {
  const client = await connect({ host: HOST, port });
  return {
    publish: (message) => client.publish(topic, message),
    subscribe: (take) =>
      client.subscribe<Message>(topic, { from: 'new', onMessage: ({ value }) => take(value) }),
    consume: (prefetch, take) =>
      client.subscribe<Message>(topic, { group: GROUP, prefetch, onMessage: ({ value }) => take(value) }),
    request: (message) => client.request<Message>(topic, message),
    respond: (answer) => client.respond<Message>(topic, ({ value }) => answer(value)),
    close: () => client.drain(),
  };
}
