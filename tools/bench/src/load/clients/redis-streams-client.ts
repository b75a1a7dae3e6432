import type { Redis } from 'ioredis';
import {
  DEFAULT_LIMIT,
  GROUP,
  type Message,
  type PlainClient,
  type PlainClientOptions,
} from './plain-client';
import { openRedis } from './redis-client';

const BLOCK_MS = 1000;

/** Streams with their ids and fields, as `XREADGROUP` answers. */
type Entries = readonly (readonly [stream: string, entries: readonly (readonly [string, string[]])[]])[];

/** A stream that is cut to about its limit; its member reads on one connection and acks on another, as a read may block. */
export async function redisStreams(options: PlainClientOptions): Promise<PlainClient> {
  const { topic, limit = DEFAULT_LIMIT } = options;
  const client = await openRedis(options);
  let reader: Redis | undefined;
  return {
    publish: (message) => client.xadd(topic, 'MAXLEN', '~', limit, '*', 'm', JSON.stringify(message)),
    async consume(prefetch, take) {
      reader = await openRedis(options);
      await client.xgroup('CREATE', topic, GROUP, '0', 'MKSTREAM');
      // One half is read while the acks of the other are on their way.
      void readOn(reader, client, topic, prefetch / 2, take);
    },
    async close() {
      reader?.disconnect();
      await client.quit();
    },
  };
}

async function readOn(
  reader: Redis,
  client: Redis,
  topic: string,
  count: number,
  take: (message: Message) => void,
): Promise<void> {
  let acks: Promise<unknown> = Promise.resolve();
  for (;;) {
    const read = (await reader
      .xreadgroup('GROUP', GROUP, 'bench', 'COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', topic, '>')
      .catch(() => 'closed')) as Entries | null | 'closed';
    if (read === 'closed') return;
    await acks;
    const [, entries] = read?.[0] ?? ['', []];
    acks = Promise.all(
      entries.map(([id, [, text]]) => {
        take(JSON.parse(text) as Message);
        return client.xack(topic, GROUP, id);
      }),
    );
  }
}
