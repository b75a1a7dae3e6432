import {
  DEFAULT_TOPIC_POLICY,
  MessageBatch,
  PayloadMemory,
  type StoredBatch,
  type TopicPolicy,
} from '@pochta/protocol';
import { MemoryStore } from './memory-store';

const SIZE = 10_000;
const ROOM = 12_288;
const text = 'x'.repeat(SIZE);
const textOf = (messages: MessageBatch): string => Buffer.from(messages.payload(0)).toString();

describe('memory of payloads that a topic held', () => {
  let store: MemoryStore;
  let memory: PayloadMemory;
  beforeEach(async () => {
    memory = new PayloadMemory({ poison: true });
    store = new MemoryStore({});
    await store.open();
  });
  afterEach(() => store.close());

  const create = (policy: Partial<TopicPolicy> = {}) =>
    store.createTopic('a', { ...DEFAULT_TOPIC_POLICY, ...policy });
  /** What was appended or removed has been told. */
  const told = () => new Promise(setImmediate);
  const batch = (): MessageBatch => MessageBatch.of(Buffer.from(text)).copied(memory);

  it('is used again once they are purged', async () => {
    await create();
    await store.append('a', batch());
    expect(memory.free).toBe(0);
    await store.purge('a');
    await told();
    expect(memory.free).toBe(ROOM);
  });

  it('is used again once they are pushed out', async () => {
    await create({ maxMessages: 2, overflow: 'drop-oldest' });
    for (let n = 0; n < 5; n++) await store.append('a', batch());
    await told();
    expect(memory.free + memory.reused * ROOM).toBe(3 * ROOM);
  });

  it('is left alone when somebody has read them', async () => {
    await create({ maxMessages: 1, overflow: 'drop-oldest' });
    await store.append('a', batch());
    const [read] = await (await store.openReader('a', 'earliest')).fetch(1, SIZE);
    await store.append('a', batch());
    await told();
    expect(memory.free).toBe(0);
    expect(textOf((read as StoredBatch).messages)).toBe(text);
  });

  it('is left alone when somebody has taken them', async () => {
    await create();
    await store.append('a', batch());
    const taken = await store.take('a', 1);
    await told();
    expect(memory.free).toBe(0);
    expect(textOf(taken!.messages)).toBe(text);
  });

  it('is left alone while a commit is told of, though it came and went in it', async () => {
    await create({ maxMessages: 1, overflow: 'drop-oldest' });
    const heard: string[] = [];
    store.tail('a', {
      onCommit: ({ messages }) => heard.push(Buffer.from(messages.lentBytes).toString()),
    });
    await Promise.all([store.append('a', batch()), store.append('a', batch()), store.append('a', batch())]);
    await store.append('a', batch());
    await told();
    expect(heard).toEqual([text, text, text, text]);
    expect(memory.free + memory.reused * ROOM).toBe(3 * ROOM);
  });

  it('is left alone when two topics hold it', async () => {
    await create();
    await store.createTopic('b', DEFAULT_TOPIC_POLICY);
    const shared = batch();
    await store.append('a', shared);
    await store.append('b', shared);
    await store.purge('a');
    const [read] = await (await store.openReader('b', 'earliest')).fetch(1, SIZE);
    expect(textOf((read as StoredBatch).messages)).toBe(text);
    await store.purge('b');
    await told();
    expect(memory.free).toBe(0);
  });

  it('goes with the topic, and is not used again', async () => {
    await create();
    await store.append('a', batch());
    await store.deleteTopic('a');
    await told();
    expect(memory.free).toBe(0);
  });
});
