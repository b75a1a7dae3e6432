import { MessageBatch, type MessageAttributes } from '@pochta/protocol';
import { isHole, type AppendResult, type LogReader, type MessageStore } from '@pochta/storage-contract';
import type { Sabotage } from './hosted-broker';

/** ms that a store that confirms early keeps messages before it writes them. */
const LATE = 200;

const confirmed = (stored: number): AppendResult => ({ firstSequence: 1, stored, repeats: 0, delayed: 0 });

/** Every n-th call. */
function every(n: number): () => boolean {
  let calls = 0;
  return () => ++calls % n === 0;
}

/** Confirms some batches, and forgets them. */
export const losing: Sabotage = ({ append }) => {
  const turn = every(20);
  return {
    append: (topic, batch) => (turn() ? Promise.resolve(confirmed(batch.count)) : append(topic, batch)),
  };
};

/** Confirms at once, and writes later, unless it is stopped before. */
export const confirmingEarly: Sabotage = ({ append, close }) => {
  const timers = new Set<NodeJS.Timeout>();
  return {
    append: (topic, batch) => {
      const kept = batch.select(Array.from({ length: batch.count }, (_, i) => i));
      const timer = setTimeout(() => {
        timers.delete(timer);
        void append(topic, kept);
      }, LATE);
      timers.add(timer);
      return Promise.resolve(confirmed(batch.count));
    },
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      return close();
    },
  };
};

/** Does not know repeats of message ids; takes its time, so that there are some. */
export const repeating: Sabotage = ({ append }) => ({
  append: async (topic, { count, bytes, ends, attributes }) => {
    const result = await append(topic, new MessageBatch(count, bytes, ends, attributes));
    await new Promise((resolve) => setTimeout(resolve, LATE / 10));
    return result;
  },
});

/** Stores the second half of a batch before the first. */
export const reordering: Sabotage = ({ append }) => ({
  append: async (topic, batch) => {
    const half = Math.floor(batch.count / 2);
    if (half === 0) return append(topic, batch);
    const [second, first] = await Promise.all([
      append(topic, batch.slice(half)),
      append(topic, batch.slice(0, half)),
    ]);
    const late = second.refusals?.map(({ index, code }) => ({ index: index + half, code })) ?? [];
    const refusals = [...(first.refusals ?? []), ...late];
    const stored = first.stored + second.stored;
    return { ...second, stored, refusals: refusals.length > 0 ? refusals : undefined };
  },
});

/** Gives the messages of a batch the attributes of their neighbours. */
export const mixingUp: Sabotage = ({ append }) => {
  const neighbours = <T>([first, ...others]: readonly T[]): T[] => [...others, first];
  return {
    append: (topic, batch) => {
      if (batch.attributes === undefined) return append(topic, batch);
      const { count, bytes, ends, attributes, messageIds } = batch;
      return append(topic, new MessageBatch(count, bytes, ends, neighbours(attributes), messageIds));
    },
  };
};

/** Says that a message is refused, and stores it. */
export const refusingInVain: Sabotage = ({ append }) => {
  const turn = every(20);
  return {
    append: async (topic, batch) => {
      const result = await append(topic, batch);
      return turn() ? { ...result, refusals: [{ index: 0, code: 'TOPIC_FULL' }] } : result;
    },
  };
};

/** Messages live for ever; takes its time, so that some grow old. */
export const neverExpiring: Sabotage = ({ append }) => {
  const timeless = (one: MessageAttributes | undefined) => one && { ...one, ttl: undefined };
  return {
    append: async (topic, { count, bytes, ends, attributes, messageIds }) => {
      const batch = new MessageBatch(count, bytes, ends, attributes?.map(timeless), messageIds);
      const result = await append(topic, batch);
      await new Promise((resolve) => setTimeout(resolve, LATE / 4));
      return result;
    },
  };
};

/** Readers pass over a batch now and then. */
export const skipping: Sabotage = ({ openReader }) => {
  const turn = every(4);
  return {
    openReader: async (topic, from) =>
      withPages(await openReader(topic, from), (page) => (turn() ? page.slice(1) : page)),
  };
};

/** Readers give a page's first batch twice now and then. */
export const stuttering: Sabotage = ({ openReader }) => {
  const turn = every(4);
  return {
    openReader: async (topic, from) =>
      withPages(await openReader(topic, from), (page) => (turn() ? [...page.slice(0, 1), ...page] : page)),
  };
};

/** Nobody is told of holes. */
export const hidingHoles: Sabotage = ({ openReader }) => ({
  openReader: async (topic, from) =>
    withPages(await openReader(topic, from), (page) => page.filter((entry) => !isHole(entry))),
});

function withPages(
  reader: LogReader,
  change: (page: Awaited<ReturnType<LogReader['fetch']>>) => Awaited<ReturnType<LogReader['fetch']>>,
): LogReader {
  return {
    get position() {
      return reader.position;
    },
    fetch: async (maxMessages, maxBytes) => change(await reader.fetch(maxMessages, maxBytes)),
    close: () => reader.close(),
  };
}

/** Gives what was taken to the next one too. */
export const givingTwice: Sabotage = ({ take }) => {
  let before: ReturnType<typeof take> = Promise.resolve(undefined);
  let again = false;
  return {
    take: (topic, count) => {
      before = before.then((last) => {
        again = last !== undefined && !again;
        return again ? last : take(topic, count);
      });
      return before;
    },
  };
};

/** Says that it has purged, and keeps all. */
export const keeping: Sabotage = () => ({ purge: () => Promise.resolve(0) });

/** Some transactions come to their first half only, be they committed or not. */
export const tearing: Sabotage = ({ transact }) => {
  const turn = every(10);
  return {
    transact: (operations) => transact(turn() ? operations.filter((_, index) => index !== 1) : operations),
  };
};

/** Some transactions do what they should, and say that they did not. */
export const denyingCommits: Sabotage = ({ transact }) => {
  const turn = every(10);
  return {
    transact: async (operations) => {
      await transact(operations);
      if (turn()) throw Object.assign(new Error('Queue full'), { code: 'TOPIC_FULL' });
    },
  };
};

/** Transactions publish, and ack nothing. */
export const publishingOnly: Sabotage = ({ transact }) => {
  const turn = every(10);
  return {
    transact: (operations) => transact(turn() ? operations.filter(({ kind }) => kind !== 'ack') : operations),
  };
};

type Group = Awaited<ReturnType<MessageStore['openGroup']>>;
type Member = ReturnType<Group['join']>;

/** Acks are answered, and some forgotten. */
export const forgettingAcks: Sabotage = ({ openGroup }) => {
  const turn = every(20);
  return {
    openGroup: withMembers(openGroup, ({ ack }) => ({
      ack: (all) => (turn() ? Promise.resolve() : ack(all)),
    })),
  };
};

/** What fails is dropped, and never becomes a dead letter. */
export const burying: Sabotage = ({ openGroup }) => ({
  openGroup: withMembers(openGroup, ({ ack }) => ({ terminate: (all) => ack(all) })),
});

/** After a while groups have nothing for their members. */
export const standingStill: Sabotage = ({ openGroup }) => {
  let fetches = 0;
  return {
    openGroup: withMembers(openGroup, ({ fetch }) => ({
      fetch: (maxMessages, maxBytes) => fetch(++fetches > 20 ? 0 : maxMessages, maxBytes),
    })),
  };
};

/** Lets a key go on as soon as a message of it was delivered. */
export const forgettingKeys: Sabotage = ({ openGroup }) => ({
  openGroup: withMembers(openGroup, ({ fetch, ack }) => ({
    fetch: async (maxMessages, maxBytes) => {
      const page = await fetch(maxMessages, maxBytes);
      const sequences = page.deliveries.flatMap(({ batch: { firstSequence, messages } }) =>
        Array.from({ length: messages.count }, (_, i) => firstSequence + i),
      );
      if (sequences.length > 0) await ack(sequences);
      return page;
    },
    ack: () => Promise.resolve(),
    nack: () => Promise.resolve(),
    terminate: () => Promise.resolve(),
  })),
});

/** The same groups, with some of their members' methods replaced. */
function withMembers(
  openGroup: MessageStore['openGroup'],
  change: (methods: Member) => Partial<Member>,
): MessageStore['openGroup'] {
  return async (topic, name, options) => {
    const group = await openGroup(topic, name, options);
    return replaced(group, {
      join: (listener) => {
        const member = group.join(listener);
        return replaced(member, change(replaced(member, {})));
      },
    });
  };
}

/** An object like the one given, but for some methods; its own may be taken from it one by one. */
function replaced<T extends object>(object: T, methods: Partial<T>): T {
  return new Proxy(object, {
    get(_, name) {
      const own: unknown = Reflect.get(methods, name) ?? Reflect.get(object, name, object);
      return typeof own === 'function' ? (own.bind(object) as unknown) : own;
    },
  });
}
