import { messagesOf, walked, type TestMessage } from './messages';
import type { Survival } from './restart-suite';
import { numbered, readOn, textsOf, withCode, type StoreFixture } from './store-fixture';

/** `k=v`: a message `v` with the key `k`. */
const keyed = (...pairs: string[]): TestMessage[] =>
  pairs.map((pair) => {
    const [key, text] = pair.split('=');
    return text === undefined ? pair : [text, { key }];
  });

export function describeCompaction(fixture: () => StoreFixture, survives: Survival): void {
  const append = (...pairs: string[]) => fixture().store.append('a', messagesOf(...keyed(...pairs)));
  const walk = () => walked(fixture(), 'a');
  const info = () => fixture().store.describe('a');

  describe('a compacted topic', () => {
    beforeEach(() => fixture().topic('a', { compact: true }));

    test('keeps the last message of each key, and those without one', async () => {
      await append('x=1', 'y=2', 'none', 'x=3');
      await append('y=4', 'none again', 'z=5');
      expect(info()).toMatchObject({ firstSequence: 3, nextSequence: 8, messages: 5, bytes: 17 });
      expect(await walk()).toEqual(['compacted 1-2', '3: none 3', '5: 4 none again 5']);
    });

    test('a key that comes several times in one batch leaves its last message', async () => {
      await append('x=1', 'x=2', 'y=3', 'x=4', 'y=5');
      expect(await walk()).toEqual(['compacted 1-3', '4: 4 5']);
      await append('x=6', 'x=7');
      expect(await walk()).toEqual(['compacted 1-4', '5: 5', 'compacted 6-6', '7: 7']);
    });

    test('keys are told apart byte by byte', async () => {
      const keys = ['k', 'K', 'k ', 'é', 'e\u0301', '\u0000', 'x'.repeat(255), `${'x'.repeat(254)}y`];
      const all = () =>
        fixture().store.append('a', messagesOf(...keys.map((key) => [key, { key }] as const)));
      await all();
      await all();
      expect(await fixture().held('a')).toEqual(keys);
      expect(info()).toMatchObject({ firstSequence: 9, messages: 8 });
    });

    test('from last: all that is held', async () => {
      await append('x=1', 'y=2');
      await append('x=3', 'z=4', 'x=5');
      const reader = await fixture().store.openReader('a', 'last');
      const { batches, holes } = await readOn(reader);
      expect(textsOf(batches)).toEqual(['2', '4', '5']);
      expect(holes).toEqual([{ from: 3, to: 3, reason: 'compacted' }]);
    });

    test('what is replaced makes room for the next, not for its own message', async () => {
      await fixture().store.updateTopic('a', fixture().policy({ compact: true, maxMessages: 2 }));
      await append('x=1', 'y=2');
      expect((await append('x=3')).refusals).toEqual([{ index: 0, code: 'TOPIC_FULL' }]);
      await fixture().store.take('a', 1);
      await append('y=4');
      expect(await append('z=5')).toMatchObject({ stored: 1 });
      expect(await fixture().held('a')).toEqual(['4', '5']);
    });

    test('keys of messages that were taken or purged start anew', async () => {
      await append('x=1', 'y=2');
      await fixture().store.take('a', 1);
      await append('x=3');
      expect(await walk()).toEqual(['taken 1-1', '2: 2', '3: 3']);
      await fixture().store.purge('a');
      await append('x=4', 'y=5');
      await append('x=6');
      expect(await walk()).toEqual(['taken 1-4', '5: 5', '6: 6']);
      expect(info()).toMatchObject({ messages: 2, bytes: 2, firstSequence: 5 });
    });

    test('drop-oldest removes the oldest of what is left', async () => {
      const policy = fixture().policy({ compact: true, maxMessages: 3, overflow: 'drop-oldest' });
      await fixture().store.updateTopic('a', policy);
      await append('x=1', 'y=2', 'z=3', 'y=4');
      await append('w=5');
      expect(await walk()).toEqual(['overflow 1-2', '3: 3 4', '5: 5']);
      await append('x=6', 'z=7');
      expect(await fixture().held('a')).toEqual(['5', '6', '7']);
      await append('y=8', 'z=9');
      expect(await fixture().held('a')).toEqual(['6', '8', '9']);
    });

    test('many keys, over and over', async () => {
      for (let round = 0; round < 20; round++) {
        await append(...numbered(100, 'k').map((key) => `${key}=${round}`));
      }
      expect(info()).toMatchObject({ messages: 100, firstSequence: 1901, nextSequence: 2001 });
      await append('k7=x');
      expect((await fixture().held('a')).slice(-2)).toEqual(['19', 'x']);
    });

    test('cannot be made one, nor stop being one', async () => {
      const refused = withCode('NOT_SUPPORTED');
      await expect(fixture().store.updateTopic('a', fixture().policy())).rejects.toEqual(refused);
      await fixture().topic('b');
      const compacted = fixture().policy({ compact: true });
      await expect(fixture().store.updateTopic('b', compacted)).rejects.toEqual(refused);
    });

    if (survives === 'all') {
      test('after a restart, keys are known', async () => {
        await append('x=1', 'y=2', 'z=3');
        await append('x=4');
        await fixture().store.take('a', 1);
        await fixture().restart();
        await append('y=5', 'z=6');
        expect(await walk()).toEqual(['compacted 1-3', '4: 4', '5: 5 6']);
        await fixture().store.purge('a');
        await fixture().restart();
        await append('x=7');
        expect(await fixture().held('a')).toEqual(['7']);
      });
    }
  });
}
