import { MessageBatch, MessageBatchBuilder, type MessageAttributes } from '@pochta/protocol';
import { batchesIn, batchOf, numbered, readOn, textsOf, type StoreFixture } from './store-fixture';

export function describeAppending(fixture: () => StoreFixture): void {
  describe('append', () => {
    test('gives a batch sequences without a hole, and one time', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      expect(await store.append('a', batchOf(['x', 'yy']))).toMatchObject({
        firstSequence: 1,
        stored: 2,
        repeats: 0,
        delayed: 0,
      });
      fixture().time += 5;
      const result = await store.append('a', batchOf(['', 'z']));
      expect(result).toMatchObject({ firstSequence: 3, stored: 2 });
      expect(result.refusals).toBeUndefined();
      expect(store.describe('a')).toMatchObject({ firstSequence: 1, nextSequence: 5, messages: 4, bytes: 4 });
      const { batches } = await readOn(await store.openReader('a', 'earliest'));
      expect(textsOf(batches)).toEqual(['x', 'yy', '', 'z']);
      expect(batches.map(({ topic, firstSequence, timestamp }) => [topic, firstSequence, timestamp])).toEqual(
        [
          ['a', 1, fixture().time - 5],
          ['a', 3, fixture().time],
        ],
      );
    });

    test('times never go back within a topic, even when the clock does', async () => {
      await fixture().topic('a');
      await fixture().append('a', '1');
      fixture().time -= 60_000;
      await fixture().append('a', '2');
      const { batches } = await readOn(await fixture().store.openReader('a', 'earliest'));
      expect(batches[1].timestamp).toBe(batches[0].timestamp);
    });

    test('concurrent appends keep their order', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      const results = await Promise.all(numbered(50).map((text) => store.append('a', batchOf([text, text]))));
      expect(results.map((result) => result.firstSequence)).toEqual(results.map((_, index) => 1 + index * 2));
      expect(await fixture().held('a')).toEqual(numbered(50).flatMap((text) => [text, text]));
    });

    test('appends that are made while others are being committed come behind them', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      const first = store.append('a', batchOf(['1']));
      await new Promise((resolve) => setImmediate(resolve));
      const rest = [store.append('a', batchOf(['2'])), store.append('a', batchOf(['3']))];
      await first;
      rest.push(store.append('a', batchOf(['4'])));
      await Promise.all(rest);
      expect(await fixture().held('a')).toEqual(['1', '2', '3', '4']);
    });

    test('nothing is visible before its promise is resolved', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      const reader = await store.openReader('a', 'earliest');
      const appended = store.append('a', batchOf(['1']));
      expect(store.describe('a')?.messages).toBe(0);
      expect(batchesIn(await reader.fetch(10, 100))).toEqual([]);
      await appended;
      expect(store.describe('a')?.messages).toBe(1);
      expect(textsOf(batchesIn(await reader.fetch(10, 100)))).toEqual(['1']);
    });

    test('keeps attributes and any bytes, also of a batch that is a part of a larger one', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      const attributes: MessageAttributes[] = [
        { headers: { trace: 'é', ['__proto__']: 'x' }, key: 'k', priority: 9, contentType: 'image/png' },
        { ttl: 5 },
      ];
      const builder = new MessageBatchBuilder();
      const bytes = Uint8Array.of(9, 0, 255, 10, 128, 9);
      builder.add(bytes, 0, 1);
      builder.add(bytes, 1, 4, attributes[0]);
      builder.add(bytes, 4, 4, attributes[1]);
      builder.add(bytes, 4, 5);
      const batch = builder.build().slice(1);
      await store.append('a', batch);
      const [stored] = (await readOn(await store.openReader('a', 'earliest'))).batches;
      expect(stored.messages.count).toBe(3);
      expect([...stored.messages.payload(0)]).toEqual([0, 255, 10]);
      expect(stored.messages.payload(1)).toHaveLength(0);
      expect([...stored.messages.payload(2)]).toEqual([128]);
      expect(stored.messages.attributes?.map((one) => one ?? undefined)).toEqual([...attributes, undefined]);
    });

    test('a batch may use less of its buffers than they hold', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      await store.append('a', new MessageBatch(1, Buffer.from('yes, no'), Uint32Array.of(3, 7)));
      expect(await fixture().held('a')).toEqual(['yes']);
      expect(store.describe('a')?.bytes).toBe(3);
    });

    test('takes a batch of megabytes', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      const payload = Buffer.alloc(3 << 20, 'p');
      await store.append('a', MessageBatch.of(payload));
      const page = await (await store.openReader('a', 'earliest')).fetch(1, 1);
      expect(payload.equals(batchesIn(page)[0].messages.payload(0))).toBe(true);
    });
  });
}
