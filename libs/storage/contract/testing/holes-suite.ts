import { messagesOf, walked, type TestMessage } from './messages';
import type { Survival } from './restart-suite';
import { batchesIn, numbered, readOn, textsOf, type StoreFixture } from './store-fixture';

/** `text!`: a message of a priority, which is taken before others. */
const urgent = (...texts: string[]): TestMessage[] =>
  texts.map((text) => (text.endsWith('!') ? [text.slice(0, -1), { priority: 1 }] : text));

export function describeHoles(fixture: () => StoreFixture, survives: Survival): void {
  const append = (...texts: string[]) => fixture().store.append('a', messagesOf(...urgent(...texts)));
  const info = () => fixture().store.describe('a');
  const walk = (sequence?: number) => walked(fixture(), 'a', sequence);
  /** Takes the urgent ones. */
  const takeUrgent = async (calls: number, count = 1) => {
    for (let call = 0; call < calls; call++) await fixture().store.take('a', count);
  };

  describe('holes', () => {
    beforeEach(() => fixture().topic('a', { maxMessages: 100_000 }));

    test('what is taken from the middle is a gap of readers, with its reason', async () => {
      await append('1', '2!', '3!', '4', '5!', '6');
      await takeUrgent(2, 2);
      expect(info()).toMatchObject({ firstSequence: 1, nextSequence: 7, messages: 3, bytes: 3 });
      expect(await walk()).toEqual(['1: 1', 'taken 2-3', '4: 4', 'taken 5-5', '6: 6']);
      expect(await walk(2)).toEqual(['taken 2-3', '4: 4', 'taken 5-5', '6: 6']);
      expect(await walk(5)).toEqual(['taken 5-5', '6: 6']);
    });

    test('a gap goes across batches, and through the end of the log', async () => {
      await append('1', '2!');
      await append('3!', '4!');
      await append('5!', '6');
      await append('7!');
      await takeUrgent(5);
      expect(await walk()).toEqual(['1: 1', 'taken 2-5', '6: 6', 'taken 7-7']);
      await append('8');
      expect(await walk(7)).toEqual(['taken 7-7', '8: 8']);
    });

    test('a reader in the middle of a page meets the holes that come meanwhile', async () => {
      await append('1', '2', '3!', '4', '5');
      const reader = await fixture().store.openReader('a', 'earliest');
      expect(textsOf(batchesIn(await reader.fetch(2, 100)))).toEqual(['1', '2']);
      await takeUrgent(1);
      expect(await reader.fetch(1, 100)).toMatchObject([
        { from: 3, to: 3, reason: 'taken' },
        { firstSequence: 4 },
      ]);
    });

    test('the front catches up over holes', async () => {
      await append('1', '2!', '3!', '4', '5!');
      await takeUrgent(3);
      expect(info()).toMatchObject({ firstSequence: 1, messages: 2 });
      await fixture().store.take('a', 1);
      expect(info()).toMatchObject({ firstSequence: 4, messages: 1 });
      await fixture().store.take('a', 1);
      expect(info()).toMatchObject({ firstSequence: 6, nextSequence: 6, messages: 0, bytes: 0 });
      expect(await walk()).toEqual(['taken 1-5']);
    });

    test('from last finds the newest that is there; a time finds the first one that is', async () => {
      await append('1');
      fixture().time += 10;
      await append('2!', '3!');
      fixture().time += 10;
      await append('4', '5!');
      await takeUrgent(3);
      const last = await fixture().store.openReader('a', 'last');
      expect(textsOf((await readOn(last)).batches)).toEqual(['4']);
      for (const back of [20, 10, 1]) {
        const reader = await fixture().store.openReader('a', { time: fixture().time - back });
        expect(textsOf((await readOn(reader)).batches)).toEqual(back === 20 ? ['1', '4'] : ['4']);
      }
    });

    test('drop-oldest goes past holes, and keeps its counts', async () => {
      await append('1', '2!', '33', '4!', '5', '6');
      await takeUrgent(2);
      const policy = fixture().policy({ maxMessages: 3, overflow: 'drop-oldest' });
      await fixture().store.updateTopic('a', policy);
      expect(await walk()).toEqual(['overflow 1-2', '3: 33', 'taken 4-4', '5: 5 6']);
      await append('7', '8');
      expect(info()).toMatchObject({ firstSequence: 6, messages: 3, bytes: 3 });
      expect(await walk(3)).toEqual(['overflow 3-5', '6: 6', '7: 7 8']);
    });

    test('a purge removes all, and what comes then has no holes', async () => {
      await append('1', '2!', '3');
      await takeUrgent(1);
      expect(await fixture().store.purge('a')).toBe(2);
      await append('4', '5', '6!');
      await takeUrgent(1);
      expect(await walk()).toEqual(['purged 1-3', '4: 4 5', 'taken 6-6']);
    });

    test('thousands of holes', async () => {
      const texts = numbered(3000).map((text, index) => (index % 3 === 1 ? `${text}!` : text));
      for (let at = 0; at < texts.length; at += 1500) await append(...texts.slice(at, at + 1500));
      await Promise.all(Array.from({ length: 1066 }, () => fixture().store.take('a', 1)));
      // One in sixteen is the oldest, rather than one that is urgent.
      expect(info()).toMatchObject({ messages: 3000 - 1066 });
      const left = await fixture().held('a');
      expect(left).toHaveLength(3000 - 1066);
      expect(left.filter((text) => Number(text) % 3 === 1)).toHaveLength(0);
      const rest = Array.from({ length: 2000 }, () => fixture().store.take('a', 100));
      expect((await Promise.all(rest)).at(-1)).toBeUndefined();
      expect(info()).toMatchObject({ firstSequence: 3001, nextSequence: 3001, bytes: 0 });
      expect(await walk()).toEqual(['taken 1-3000']);
    });

    if (survives === 'all') {
      test('a restart keeps them', async () => {
        await append('1', '2!', '3', '4!', '5');
        await append('6!', '7');
        await takeUrgent(3);
        const before = [await walk(), info()];
        await fixture().restart();
        expect([await walk(), info()]).toEqual(before);
        await fixture().store.take('a', 1);
        expect(info()).toMatchObject({ firstSequence: 3, messages: 3 });
        await fixture().restart();
        expect(await walk()).toEqual(['taken 1-2', '3: 3', 'taken 4-4', '5: 5', 'taken 6-6', '7: 7']);
      });
    }
  });
}
