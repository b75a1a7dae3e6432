import { Redis } from 'ioredis';
import { HOST, type Message, type PlainClient, type PlainClientOptions } from './plain-client';

/** A question, or its answer, with what tells them apart from others. */
interface Envelope {
  readonly id: number;
  readonly reply: string;
  readonly message: Message;
}

/** Commands of one turn travel together where there are many: that is its documentation's advice. */
export async function openRedis({ port, many = false }: PlainClientOptions): Promise<Redis> {
  const client = new Redis(port, HOST, { lazyConnect: true, enableAutoPipelining: many });
  await client.connect();
  return client;
}

/** Publish and subscribe. A request is published with the name of the channel that its answer is to go to. */
export async function redis(options: PlainClientOptions): Promise<PlainClient> {
  const { topic } = options;
  const client = await openRedis(options);
  const listener = await openRedis(options);
  const listen = (channel: string, hear: (text: string) => void) => {
    listener.on('message', (_, text) => hear(text));
    return listener.subscribe(channel);
  };
  const reply = `${topic}.reply`;
  const waiting = new Map<number, (answer: Message) => void>();
  let asked = 0;
  let listening: Promise<unknown> | undefined;
  return {
    publish: (message) => client.publish(topic, JSON.stringify(message)),
    subscribe: (take) => listen(topic, (text) => take(JSON.parse(text) as Message)),
    async request(message) {
      listening ??= listen(reply, (text) => {
        const { id, message: answer } = JSON.parse(text) as Envelope;
        waiting.get(id)?.(answer);
        waiting.delete(id);
      });
      if (asked === 0) await listening;
      const id = ++asked;
      const answered = new Promise<Message>((resolve) => waiting.set(id, resolve));
      await client.publish(topic, JSON.stringify({ id, reply, message } satisfies Envelope));
      return answered;
    },
    respond: (answer) =>
      listen(topic, (text) => {
        const { id, reply: channel, message } = JSON.parse(text) as Envelope;
        void client.publish(
          channel,
          JSON.stringify({ id, reply: channel, message: answer(message) } satisfies Envelope),
        );
      }),
    close: () => Promise.all([client.quit(), listener.quit()]),
  };
}
