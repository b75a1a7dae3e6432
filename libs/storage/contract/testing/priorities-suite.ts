import { messagesOf, passUntilDelayed, type TestMessage } from './messages';
import type { Survival } from './restart-suite';
import { numbered, textsOf, type StoreFixture } from './store-fixture';

/** Of so many takes in a row that pass over an older message of a lower priority, the last takes the oldest. */
const TURN = 16;

/** `p:text`: a message of priority `p`; without one, it has none. */
const ranked = (...texts: string[]): TestMessage[] =>
  texts.map((text) => (/^\d:/.test(text) ? [text, { priority: Number(text[0]) }] : text));

export function describePriorities(fixture: () => StoreFixture, survives: Survival): void {
  const append = (...texts: string[]) => fixture().store.append('a', messagesOf(...ranked(...texts)));
  const take = async (count = 1) => {
    const batch = await fixture().store.take('a', count);
    return batch === undefined ? undefined : textsOf([batch]).join(' ');
  };
  const takeAll = async () => {
    const taken: string[] = [];
    for (let one = await take(); one !== undefined; one = await take()) taken.push(one);
    return taken;
  };

  describe('take by priority', () => {
    beforeEach(() => fixture().topic('a', { maxMessages: 10_000 }));

    test('gives the highest first, and the oldest of those', async () => {
      await append('a', '9:b', '4:c', '9:d');
      await append('0:e', '4:f', '9:g', '1:h');
      expect(await takeAll()).toEqual(['9:b', '9:d', '9:g', '4:c', '4:f', '1:h', 'a', '0:e']);
      expect(fixture().store.describe('a')).toMatchObject({ messages: 0, firstSequence: 9, bytes: 0 });
    });

    test('gives consecutive messages of one priority at once', async () => {
      await append('1:a', '1:b', '2:c', '2:d', '2:e', '1:f');
      expect(await take(2)).toBe('2:c 2:d');
      expect(await take(5)).toBe('2:e');
      expect(await take(5)).toBe('1:a 1:b');
      expect(await take(5)).toBe('1:f');
      expect(await take(5)).toBeUndefined();
    });

    test('what has none comes together again when the others are gone', async () => {
      await append('a', '5:b', 'c', 'd', 'e');
      expect(await take(10)).toBe('5:b');
      expect(await take(10)).toBe('a');
      expect(await take(10)).toBe('c d e');
    });

    test('what comes later and is higher goes first, also of the same turn', async () => {
      await append('1:a', '1:b');
      const [first, , second] = await Promise.all([take(), append('3:c'), take()]);
      expect([first, second, await take()]).toEqual(['1:a', '3:c', '1:b']);
    });

    test('of 16 in a row that pass over an older one, the last takes the oldest', async () => {
      await append('a', 'b');
      for (const text of numbered(40)) await append(`5:${text}`);
      const expected = numbered(40, '5:');
      expected.splice(TURN - 1, 0, 'a');
      expected.splice(2 * TURN - 1, 0, 'b');
      expect(await takeAll()).toEqual(expected);
    });

    test('takes that pass over nothing do not count', async () => {
      await append(...numbered(20, '5:'), 'old', ...numbered(20, '6:'));
      const taken = await takeAll();
      expect(taken.slice(0, TURN)).toEqual([...numbered(TURN - 1, '6:'), '5:0']);
      await append(...numbered(20, '7:'), 'older', '8:x');
      expect(await take()).toBe('8:x');
      expect(await take()).toBe('7:0');
      await append('9:y');
      for (const text of numbered(19).slice(1))
        expect(await take()).toBe(text === '1' ? '9:y' : `7:${Number(text) - 1}`);
    });

    test('an expired message of a high priority is passed over', async () => {
      await fixture().store.append(
        'a',
        messagesOf(
          'a',
          ['b', { priority: 9, ttl: 10 }],
          ['c', { priority: 9, ttl: 20 }],
          ['d', { priority: 2 }],
        ),
      );
      fixture().time += 10;
      expect(await takeAll()).toEqual(['c', 'd', 'a']);
    });

    test('a delayed message has its priority from when it is due', async () => {
      await fixture().store.append(
        'a',
        messagesOf('a', 'b', ['c', { priority: 9, deliverAt: fixture().time + 10 }]),
      );
      expect(await take()).toBe('a');
      await passUntilDelayed(fixture(), 10, 'a');
      expect(await takeAll()).toEqual(['c', 'b']);
    });

    test('goes on after a purge, and when the oldest were pushed out', async () => {
      await append('1:a', '5:b');
      await fixture().store.purge('a');
      await append('c', '2:d');
      expect(await takeAll()).toEqual(['2:d', 'c']);
      await fixture().store.updateTopic('a', fixture().policy({ maxMessages: 2, overflow: 'drop-oldest' }));
      await append('9:e', '9:f', 'g');
      await append('1:h');
      expect(await takeAll()).toEqual(['1:h', 'g']);
    });

    test('many of all priorities in batches of all sizes', async () => {
      const texts = numbered(600).map((text) => `${(Number(text) * 7) % 10}:${text}`);
      for (let at = 0, size = 1; at < texts.length; at += size, size = (size * 3) % 101) {
        await append(...texts.slice(at, at + size));
      }
      const byPriority = [...texts].sort((one, other) => Number(other[0]) - Number(one[0]));
      const left = [...texts];
      const expected: string[] = [];
      for (let passed = 0; left.length > 0;) {
        const highest = byPriority.find((text) => left.includes(text))!;
        passed = highest === left[0] ? 0 : passed + 1;
        const next = passed === TURN ? left[0] : highest;
        if (passed === TURN) passed = 0;
        expected.push(next);
        left.splice(left.indexOf(next), 1);
        byPriority.splice(byPriority.indexOf(next), 1);
      }
      expect(await takeAll()).toEqual(expected);
    });

    if (survives === 'all') {
      test('after a restart, priorities are known', async () => {
        await append('a', '3:b', '3:c');
        await append('5:d', 'e');
        expect(await take()).toBe('5:d');
        await fixture().restart();
        expect(await takeAll()).toEqual(['3:b', '3:c', 'a', 'e']);
      });
    }
  });
}
