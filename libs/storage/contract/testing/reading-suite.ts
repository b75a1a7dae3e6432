import { isHole } from '../src/message-store';
import type { StartPosition } from '@pochta/protocol';
import { batchesIn, batchOf, numbered, readOn, textsOf, withCode, type StoreFixture } from './store-fixture';

export function describeReading(fixture: () => StoreFixture): void {
  const from = async (start: StartPosition) => readOn(await fixture().store.openReader('a', start));
  const textsFrom = async (start: StartPosition) => textsOf((await from(start)).batches);

  describe('readers', () => {
    test('start where they are told to', async () => {
      await fixture().topic('a');
      for (const pair of [['1', '2'], ['3', '4'], ['5']]) {
        await fixture().append('a', ...pair);
        fixture().time += 10;
      }
      const { epoch } = fixture().store.describe('a')!;
      expect(await textsFrom('earliest')).toEqual(['1', '2', '3', '4', '5']);
      expect(await textsFrom('new')).toEqual([]);
      expect(await textsFrom('last')).toEqual(['5']);
      expect(await textsFrom({ sequence: 4 })).toEqual(['4', '5']);
      expect(await textsFrom({ sequence: 4, epoch })).toEqual(['4', '5']);
      const base = fixture().time - 30;
      expect(await textsFrom({ time: base - 1 })).toEqual(['1', '2', '3', '4', '5']);
      expect(await textsFrom({ time: base })).toEqual(['1', '2', '3', '4', '5']);
      expect(await textsFrom({ time: base + 1 })).toEqual(['3', '4', '5']);
      expect(await textsFrom({ time: base + 20 })).toEqual(['5']);
      expect(await textsFrom({ time: base + 21 })).toEqual([]);
    });

    test('on an empty topic, all wait for the next message', async () => {
      await fixture().topic('a');
      const starts: StartPosition[] = [
        'earliest',
        'new',
        'last',
        { sequence: 1 },
        { sequence: 99 },
        { time: 0 },
      ];
      const readers = await Promise.all(starts.map((start) => fixture().store.openReader('a', start)));
      expect(readers.map((reader) => reader.position)).toEqual(starts.map(() => 1));
      await fixture().append('a', '1');
      for (const reader of readers) expect(textsOf((await readOn(reader)).batches)).toEqual(['1']);
    });

    test('a start takes effect in the order of the calls', async () => {
      const { store } = fixture();
      void store.createTopic('a', fixture().policy());
      void store.append('a', batchOf(['1']));
      const reader = store.openReader('a', 'new');
      await store.append('a', batchOf(['2']));
      expect(textsOf((await readOn(await reader)).batches)).toEqual(['2']);
    });

    test('pages keep to the limits, but give at least one message', async () => {
      await fixture().topic('a');
      await fixture().append('a', ...numbered(10));
      await fixture().append('a', 'x'.repeat(50), 'y');
      const reader = await fixture().store.openReader('a', 'earliest');
      const pages: string[][] = [];
      for (const [messages, bytes] of [
        [3, 1000],
        [1000, 4],
        [2, 0],
        [1, 1],
        [1000, 10],
        [1000, 50],
      ]) {
        pages.push(textsOf(batchesIn(await reader.fetch(messages, bytes))));
      }
      expect(pages).toEqual([['0', '1', '2'], ['3', '4', '5', '6'], ['7'], ['8'], ['9'], ['x'.repeat(50)]]);
      expect(reader.position).toBe(12);
      expect(textsOf(batchesIn(await reader.fetch(5, 5)))).toEqual(['y']);
      expect(batchesIn(await reader.fetch(5, 5))).toEqual([]);
      expect(reader.position).toBe(13);
    });

    test('a page spans batches, ascending and without a hole between them', async () => {
      await fixture().topic('a');
      for (const text of numbered(20)) await fixture().append('a', text, text);
      const reader = await fixture().store.openReader('a', { sequence: 2 });
      const batches = batchesIn(await reader.fetch(11, 1000));
      let next = 2;
      for (const batch of batches) {
        expect(batch.firstSequence).toBe(next);
        next += batch.messages.count;
      }
      expect(next).toBe(13);
    });

    test.each(['overflow', 'taken', 'purged'] as const)(
      'a removed position is a hole: %s',
      async (reason) => {
        const { store } = fixture();
        await fixture().topic('a', { maxMessages: 4, overflow: 'drop-oldest' });
        await fixture().append('a', '1', '2', '3', '4');
        const reader = await store.openReader('a', 'earliest');
        expect(textsOf(batchesIn(await reader.fetch(1, 100)))).toEqual(['1']);
        if (reason === 'overflow') await fixture().append('a', '5', '6', '7');
        else if (reason === 'taken') for (let i = 0; i < 3; i++) await store.take('a', 1);
        else await store.purge('a');
        const { holes, batches } = await readOn(reader);
        expect(holes).toEqual([{ from: 2, to: reason === 'purged' ? 4 : 3, reason }]);
        const left = { overflow: ['4', '5', '6', '7'], taken: ['4'], purged: [] };
        expect(textsOf(batches)).toEqual(left[reason]);
      },
    );

    test('a start below the first message is a hole; earliest is not', async () => {
      await fixture().topic('a');
      await fixture().append('a', '1', '2', '3');
      await fixture().store.take('a', 2);
      expect(await from({ sequence: 1 })).toMatchObject({ holes: [{ from: 1, to: 2, reason: 'taken' }] });
      expect((await from('earliest')).holes).toEqual([]);
    });

    test('the hole of a reader names why its own position is gone', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxMessages: 2, overflow: 'drop-oldest' });
      await fixture().append('a', '1', '2');
      await fixture().append('a', '3');
      await store.take('a', 1);
      await store.purge('a');
      expect((await from({ sequence: 1 })).holes).toEqual([{ from: 1, to: 3, reason: 'overflow' }]);
      expect((await from({ sequence: 2 })).holes).toEqual([{ from: 2, to: 3, reason: 'taken' }]);
      expect((await from({ sequence: 3 })).holes).toEqual([{ from: 3, to: 3, reason: 'purged' }]);
    });

    test('another epoch is a hole, then comes all that is held', async () => {
      await fixture().topic('a');
      await fixture().append('a', '1', '2');
      const { holes, batches } = await from({ sequence: 700, epoch: 'another' });
      expect(holes).toEqual([{ from: 700, to: 700, reason: 'epoch' }]);
      expect(textsOf(batches)).toEqual(['1', '2']);
    });

    test('a reader follows what is appended later, and survives a purge', async () => {
      await fixture().topic('a');
      const reader = await fixture().store.openReader('a', 'earliest');
      await fixture().append('a', '1');
      expect(textsOf((await readOn(reader)).batches)).toEqual(['1']);
      await fixture().store.purge('a');
      await fixture().append('a', '2');
      const { holes, batches } = await readOn(reader);
      expect(holes).toEqual([]);
      expect(textsOf(batches)).toEqual(['2']);
      reader.close();
    });

    test('a reader of a deleted topic fails, also when the name is used again', async () => {
      await fixture().topic('a');
      await fixture().append('a', '1');
      const reader = await fixture().store.openReader('a', 'earliest');
      await fixture().store.deleteTopic('a');
      await fixture().topic('a');
      await expect(reader.fetch(1, 1)).rejects.toEqual(withCode('TOPIC_UNKNOWN'));
    });

    test('reads while messages are appended and removed miss nothing without a hole', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxMessages: 30, overflow: 'drop-oldest' });
      const reader = await store.openReader('a', { sequence: 1 });
      const writing = (async () => {
        for (let i = 0; i < 60; i++) await store.append('a', batchOf(numbered(1 + (i % 7))));
      })();
      let next = 1;
      const last = 1 + 60 * 4 - 3 * 4 + 0;
      const advance = async () => {
        for (const entry of await reader.fetch(5, 1000)) {
          if (isHole(entry)) expect(entry).toMatchObject({ from: next, reason: 'overflow' });
          else expect(entry.firstSequence).toBe(next);
          next = isHole(entry) ? entry.to + 1 : next + entry.messages.count;
        }
      };
      while (next < last - 30) {
        await advance();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writing;
      while (next < store.describe('a')!.nextSequence) await advance();
    });
  });
}
