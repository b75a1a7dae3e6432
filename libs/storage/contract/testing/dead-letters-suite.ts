import { MessageBatch, type MessageAttributes, type StoredBatch } from '@pochta/protocol';
import { DEAD_LETTER_HEADERS, deadLetterTopicOf } from '../src/dead-letter';
import {
  batchOf,
  numbered,
  readOn,
  RecordingListener,
  tailsTold,
  textsOf,
  type StoreFixture,
} from './store-fixture';

/** A batch of texts with the same attributes. */
export function batchWith(attributes: MessageAttributes, ...payloads: string[]): MessageBatch {
  const { count, bytes, ends } = batchOf(payloads);
  return new MessageBatch(
    count,
    bytes,
    ends,
    payloads.map(() => attributes),
  );
}

/** All that a topic holds: payloads, and their attributes. */
export async function contentOf(
  fixture: StoreFixture,
  topic: string,
): Promise<(MessageAttributes & { readonly text: string })[]> {
  const { batches } = await readOn(await fixture.store.openReader(topic, 'earliest'));
  const attributesOf = ({ messages }: StoredBatch) =>
    Array.from({ length: messages.count }, (_, i) => messages.attributes?.[i]);
  const attributes = batches.flatMap(attributesOf);
  return textsOf(batches).map((text, index) => ({ text, ...attributes[index] }));
}

export function describeDeadLetters(fixture: () => StoreFixture): void {
  describe('overflow dead-letter', () => {
    const overflow = 'dead-letter';

    test('at maxMessages, the oldest become dead letters, which say where they come from', async () => {
      await fixture().topic('a', { maxMessages: 2, overflow });
      const stored = fixture().time;
      await fixture().append('a', '1', '2');
      expect(fixture().store.describe('a.dead')).toBeUndefined();
      fixture().clock.advance(1000);
      await fixture().append('a', '3');
      expect(await fixture().held('a')).toEqual(['2', '3']);
      expect(await contentOf(fixture(), 'a.dead')).toEqual([
        {
          text: '1',
          headers: {
            'dead-letter-topic': 'a',
            'dead-letter-sequence': '1',
            'dead-letter-published': String(stored),
            'dead-letter-time': String(stored + 1000),
            'dead-letter-reason': 'overflow',
          },
        },
      ]);
    });

    test('at maxBytes, no more become dead letters than must', async () => {
      await fixture().topic('a', { maxBytes: 4, overflow });
      await fixture().append('a', '11', '22');
      expect(fixture().store.describe('a.dead')).toBeUndefined();
      await fixture().append('a', '3');
      expect(await fixture().held('a.dead')).toEqual(['11']);
      expect(await fixture().held('a')).toEqual(['22', '3']);
    });

    test('what a batch pushes out of its own becomes dead letters too', async () => {
      await fixture().topic('a', { maxMessages: 2, overflow });
      await fixture().append('a', 'old');
      expect(await fixture().store.append('a', batchOf(numbered(5)))).toMatchObject({ stored: 5 });
      expect(await fixture().held('a')).toEqual(['3', '4']);
      expect(await fixture().held('a.dead')).toEqual(['old', '0', '1', '2']);
    });

    test('a message that an empty topic could not hold is refused, and is no dead letter', async () => {
      await fixture().topic('a', { maxBytes: 2, overflow });
      const result = await fixture().store.append('a', batchOf(['x', '333', 'yy']));
      expect(result).toMatchObject({ stored: 2, refusals: [{ index: 1, code: 'TOPIC_FULL' }] });
      expect(await fixture().held('a.dead')).toEqual(['x']);
    });

    test('a lower limit makes dead letters at once', async () => {
      await fixture().topic('a', { overflow });
      await fixture().append('a', '1', '2', '3');
      await fixture().store.updateTopic('a', fixture().policy({ overflow, maxMessages: 1 }));
      expect(await fixture().held('a')).toEqual(['3']);
      expect(await fixture().held('a.dead')).toEqual(['1', '2']);
    });

    test('a message that was too old already is dropped, unless expired messages become dead letters', async () => {
      for (const [topic, deadLetterExpired] of [
        ['a', false],
        ['b', true],
      ] as const) {
        await fixture().topic(topic, { maxMessages: 1, overflow, deadLetterExpired });
        await fixture().store.append(topic, batchWith({ ttl: 1000 }, 'short'));
        await fixture().store.createTopic(`${topic}.dead`, fixture().policy());
      }
      fixture().time += 1000;
      for (const topic of ['a', 'b']) await fixture().append(topic, 'next');
      expect(await fixture().held('a.dead')).toEqual([]);
      const [letter] = await contentOf(fixture(), 'b.dead');
      expect(letter.headers?.[DEAD_LETTER_HEADERS.reason]).toBe('expired');
    });

    describeLetters(fixture);
    describeDeadLetterTopics(fixture);
  });
}

function describeLetters(fixture: () => StoreFixture): void {
  const limits = { maxMessages: 1, overflow: 'dead-letter' } as const;

  test('a dead letter keeps headers, key, priority and content type, and neither ttl nor due time', async () => {
    await fixture().topic('a', limits);
    const kept = { key: 'k', priority: 3, contentType: 'text/plain' };
    const headers = { mine: 'x', 'dead-letter-group': 'of an earlier life', ['__proto__']: 'p' };
    await fixture().store.append('a', batchWith({ ...kept, headers, ttl: 60_000 }, '1'));
    await fixture().append('a', '2');
    const [{ headers: given, ...rest }] = await contentOf(fixture(), 'a.dead');
    expect(rest).toEqual({ text: '1', ...kept });
    expect(given).toMatchObject({ mine: 'x', 'dead-letter-topic': 'a' });
    expect(given).not.toHaveProperty('dead-letter-group');
    expect(Object.keys(given!)).toContain('__proto__');
  });

  test('the ids of dead letters do not count in the dead-letter topic', async () => {
    await fixture().topic('a', { ...limits, dedupeIds: 1 });
    await fixture().store.append('a', batchOf(['1', '2', '3'], ['x', 'y', 'x']));
    expect(await fixture().held('a.dead')).toEqual(['1', '2']);
  });

  test('tails hear of the topic that is made, and then of its messages', async () => {
    const heard: string[] = [];
    fixture().store.watchTopics({
      onCreated: (topic) => heard.push(`created ${topic}`),
      onDeleted: (topic) => heard.push(`deleted ${topic}`),
    });
    await fixture().topic('a', limits);
    await fixture().append('a', '1', '2');
    await tailsTold();
    expect(heard).toEqual(['created a', 'created a.dead']);
    const listener = new RecordingListener();
    fixture().store.tail('a.dead', listener);
    await fixture().append('a', '3');
    await tailsTold();
    expect(listener.heard).toEqual(['2: 2']);
  });

  test('many small messages and few large ones become dead letters in order', async () => {
    const large = numbered(5).map((text) => text.repeat(600_000));
    await fixture().topic('a', { ...limits, maxMessages: 2000 });
    await fixture().store.append('a', batchOf(numbered(2000, 'm')));
    await fixture().store.append('a', batchOf(large));
    await fixture().store.append('a', batchOf(numbered(2000, 'n')));
    const letters = await fixture().held('a.dead');
    expect(letters.slice(0, 2000)).toEqual(numbered(2000, 'm'));
    expect(letters.slice(2000).map((text) => text.slice(0, 2))).toEqual(['00', '11', '22', '33', '44']);
  });
}

function describeDeadLetterTopics(fixture: () => StoreFixture): void {
  const limits = { maxMessages: 1, overflow: 'dead-letter' } as const;

  test('a dead-letter topic that the broker makes has no limits, and the storage of its origin', async () => {
    await fixture().topic('a', limits);
    await fixture().append('a', '1', '2');
    expect(fixture().store.describe('a.dead')!.policy).toEqual(
      fixture().policy({ maxMessages: Number.MAX_SAFE_INTEGER }),
    );
  });

  test('deadLetterTopic names another topic, which may be shared', async () => {
    await fixture().topic('a', { ...limits, deadLetterTopic: 'failures' });
    await fixture().topic('b', { ...limits, deadLetterTopic: 'failures' });
    await fixture().append('a', '1', '2');
    await fixture().append('b', '3', '4');
    expect(await fixture().held('failures')).toEqual(['1', '3']);
    expect(fixture().store.describe('a.dead')).toBeUndefined();
    // So that it has no dead letters of its own.
    expect(fixture().store.describe('failures')!.policy.deadLetterTopic).toBe('failures');
  });

  test('a dead letter gets into a dead-letter topic that is full', async () => {
    await fixture().topic('a', limits);
    await fixture().topic('a.dead', { maxMessages: 1 });
    await fixture().append('a', '1', '2', '3');
    expect(await fixture().held('a.dead')).toEqual(['1', '2']);
    expect(await fixture().store.append('a.dead', batchOf(['x']))).toMatchObject({ stored: 0 });
  });

  test.each(['a.dead', 'own'])('%s has no dead letters of its own: it drops the oldest', async (name) => {
    await fixture().topic(name, { ...limits, deadLetterTopic: name === 'own' ? 'own' : '' });
    await fixture().append(name, '1', '2', '3');
    expect(await fixture().held(name)).toEqual(['3']);
    expect([...fixture().store.topics()]).toEqual([name]);
  });

  test('a dead-letter topic that was deleted is made again, and its sequences go on', async () => {
    await fixture().topic('a', limits);
    await fixture().append('a', '1', '2');
    await fixture().store.deleteTopic('a.dead');
    await fixture().append('a', '3');
    expect(fixture().store.describe('a.dead')).toMatchObject({ firstSequence: 2, nextSequence: 3 });
    const results = await Promise.all([
      fixture().store.deleteTopic('a.dead'),
      fixture().store.append('a', batchOf(['4'])),
    ]);
    expect(results[1]).toMatchObject({ stored: 1 });
    expect(await fixture().held('a.dead')).toEqual(['3']);
  });

  test.each(['created', 'changed'])(
    'topics that are %s cannot pass dead letters round for ever',
    async (how) => {
      const round = { maxAge: 1, deadLetterExpired: true };
      const refused = (path: string) => ({
        code: 'NOT_SUPPORTED',
        message: `Dead letters would go in a circle: ${path}`,
      });
      const make = async (name: string, deadLetterTopic: string): Promise<unknown> => {
        const { store } = fixture();
        const policy = fixture().policy({ ...round, deadLetterTopic });
        if (how === 'created') return store.createTopic(name, policy);
        await store.createTopic(name, { ...policy, deadLetterTopic: name });
        return store.updateTopic(name, policy);
      };
      await make('a', 'b');
      await expect(make('b', 'a')).rejects.toMatchObject(refused('b -> a -> b'));
      if (how === 'changed') await fixture().store.deleteTopic('b');
      await make('b', 'c');
      await expect(make('c', 'a')).rejects.toMatchObject(refused('c -> a -> b -> c'));
      // What leads into others' dead-letter topics, or to itself, ends.
      if (how === 'created') await make('c', 'c');
      await make('d', 'a');
    },
  );

  test('dead letters do not go through more topics than can be looked at', async () => {
    const names = numbered(101, 't');
    for (let at = 99; at > 0; at--) await fixture().topic(names[at], { deadLetterTopic: names[at + 1] });
    await expect(fixture().topic('t0', { deadLetterTopic: 't1' })).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
    });
  });

  test('a name that has no room for .dead is cut, and told apart by a hash', async () => {
    const long = (length: number, end = ''): string => 'é'.repeat(124) + 'x'.repeat(length - 248) + end;
    const name = async (topic: string): Promise<string> => {
      await fixture().topic(topic, limits);
      await fixture().append(topic, '1', '2');
      return [...fixture().store.topics()].find((one) => one !== topic && one.endsWith('.dead'))!;
    };
    expect(await name(long(250))).toBe(`${long(250)}.dead`);
    await fixture().store.deleteTopic(`${long(250)}.dead`);
    const cut = await name(long(250, 'y'));
    expect(cut).toBe(deadLetterTopicOf(long(250, 'y'), { deadLetterTopic: '' }));
    expect(cut).toMatch(/^é{116}~[0-9a-f]{16}\.dead$/);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(255);
    expect(deadLetterTopicOf(long(250, 'z'), { deadLetterTopic: '' })).not.toBe(cut);
  });
}
