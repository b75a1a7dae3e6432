import type { TopicInfo } from '../src/message-store';
import { messagesOf, passUntilDelayed, until, walked, type TestMessage } from './messages';
import type { Survival } from './restart-suite';
import { numbered, readOn, RecordingListener, tailsTold, textsOf, type StoreFixture } from './store-fixture';

const HOUR = 3_600_000;
const full = (index: number) => ({ index, code: 'TOPIC_FULL' });

export function describeDelays(fixture: () => StoreFixture, survives: Survival): void {
  /** A message that is due in so many ms. */
  const later = (text: string, ms: number, id?: string): TestMessage => [
    text,
    { deliverAt: fixture().time + ms },
    id,
  ];
  const append = (...messages: TestMessage[]) => fixture().store.append('a', messagesOf(...messages));
  const info = (): TopicInfo => fixture().store.describe('a')!;
  const pass = (ms: number, delayed = 0) => passUntilDelayed(fixture(), ms, 'a', delayed);

  describe('delayed messages', () => {
    test('wait without a sequence, and are stored when they are due', async () => {
      await fixture().topic('a');
      const listener = new RecordingListener();
      fixture().store.tail('a', listener);
      const start = fixture().time;
      expect(await append(['later', { deliverAt: start + 1000, key: 'k' }])).toEqual({
        firstSequence: 0,
        stored: 0,
        repeats: 0,
        delayed: 1,
        refusals: undefined,
      });
      expect(info()).toMatchObject({ messages: 0, bytes: 0, nextSequence: 1, delayed: 1, delayedBytes: 5 });
      fixture().clock.advance(999);
      await fixture().append('a', 'at once');
      expect(await fixture().held('a')).toEqual(['at once']);
      await pass(1);
      expect(info()).toMatchObject({ messages: 2, bytes: 12, nextSequence: 3, delayed: 0, delayedBytes: 0 });
      const { batches } = await readOn(await fixture().store.openReader('a', 'earliest'));
      expect(textsOf(batches)).toEqual(['at once', 'later']);
      expect(batches[1]).toMatchObject({ timestamp: start + 1000, messages: { attributes: [{ key: 'k' }] } });
      expect(batches[1].messages.attributes).toEqual([{ key: 'k' }]);
      await tailsTold();
      expect(listener.heard).toEqual(['1: at once', '2: later']);
    });

    test('others of their batch are stored at once, in order', async () => {
      await fixture().topic('a');
      const result = await append('1', later('5', 20), '2', later('4', 10), '3');
      expect(result).toMatchObject({ firstSequence: 1, stored: 3, delayed: 2 });
      expect(await fixture().held('a')).toEqual(['1', '2', '3']);
      await pass(20);
      expect(await walked(fixture(), 'a')).toEqual(['1: 1 2 3', '4: 4 5']);
    });

    test('come by their time, and then as they were published', async () => {
      await fixture().topic('a');
      await append(later('3', 20), later('1', 10), later('4', 20));
      await append(later('2', 10), later('5', 20));
      await pass(10, 3);
      expect(await fixture().held('a')).toEqual(['1', '2']);
      await pass(10);
      expect(await fixture().held('a')).toEqual(numbered(6).slice(1));
    });

    test('one whose time has come already is stored at once, and says nothing of it', async () => {
      await fixture().topic('a');
      const { time } = fixture();
      const past: TestMessage[] = [
        ['1', { deliverAt: time, priority: 1 }],
        ['2', { deliverAt: 1 }],
      ];
      expect(await append(...past)).toMatchObject({ stored: 2, delayed: 0 });
      const { batches } = await readOn(await fixture().store.openReader('a', 'earliest'));
      expect(batches[0].messages.attributes).toEqual([{ priority: 1 }, undefined]);
    });

    test('count towards the limits, and do not exceed them when they are due', async () => {
      await fixture().topic('a', { maxMessages: 3 });
      expect(await append('1', later('2', 10), later('3', 10), '4', later('5', 10))).toMatchObject({
        stored: 1,
        delayed: 2,
        refusals: [full(3), full(4)],
      });
      await pass(10);
      expect(await fixture().held('a')).toEqual(['1', '2', '3']);
      expect(await append('6')).toMatchObject({ refusals: [full(0)] });
      await fixture().topic('b', { maxBytes: 4 });
      const result = await fixture().store.append('b', messagesOf(later('22', 5), '333', '4'));
      expect(result).toMatchObject({ stored: 0, delayed: 1, refusals: [full(1), full(2)] });
      expect(fixture().store.describe('b')).toMatchObject({ delayed: 1, delayedBytes: 2, bytes: 0 });
    });

    test('drop-oldest: only what is in the log can be pushed out', async () => {
      await fixture().topic('a', { maxMessages: 3, overflow: 'drop-oldest' });
      expect(await append('1', '2', later('5', 10))).toMatchObject({ stored: 2, delayed: 1 });
      expect(await append(later('6', 10), '3')).toMatchObject({ stored: 1, delayed: 1 });
      expect(await fixture().held('a')).toEqual(['3']);
      expect(await append(later('7', 10))).toMatchObject({ delayed: 1 });
      expect(info()).toMatchObject({ messages: 0, delayed: 3 });
      expect(await append('4')).toMatchObject({ stored: 0, refusals: [full(0)] });
      expect(await append(later('8', 10))).toMatchObject({ delayed: 0, refusals: [full(0)] });
      await pass(10);
      expect(await fixture().held('a')).toEqual(['5', '6', '7']);
      await append('8');
      expect(await fixture().held('a')).toEqual(['6', '7', '8']);
    });

    test('drop-oldest: a lower limit removes nothing that waits', async () => {
      await fixture().topic('a', { overflow: 'drop-oldest' });
      await append('1', later('2', 10), later('3', 10));
      await fixture().store.updateTopic('a', fixture().policy({ maxMessages: 1, overflow: 'drop-oldest' }));
      expect(info()).toMatchObject({ messages: 0, delayed: 2 });
      await pass(10);
      expect(await fixture().held('a')).toEqual(['3']);
    });

    test('their ids are remembered from their publish on', async () => {
      await fixture().topic('a', { dedupeWindow: 1000 });
      expect(await append(later('1', 2000, 'p-1'), later('1', 2000, 'p-1'))).toMatchObject({
        delayed: 1,
        repeats: 1,
      });
      fixture().clock.advance(999);
      expect(await append(['1', {}, 'p-1'])).toMatchObject({ stored: 0, repeats: 1 });
      await pass(1001);
      expect(await append(['1', {}, 'p-1'])).toMatchObject({ stored: 1 });
      expect(await fixture().held('a')).toEqual(['1', '1']);
    });

    test('go with a purge, which counts them, and with their topic', async () => {
      await fixture().topic('a');
      await append('1', later('2', 10), later('3', 10));
      expect(await fixture().store.purge('a')).toBe(3);
      expect(info()).toMatchObject({ messages: 0, delayed: 0, delayedBytes: 0 });
      await append(later('4', 10));
      await pass(10);
      expect(await walked(fixture(), 'a')).toEqual(['purged 1-1', '2: 4']);
      await append(later('5', 10));
      expect(await fixture().store.purge('a')).toBe(2);
      await append(later('6', 10));
      expect(await fixture().store.purge('a')).toBe(1);
      await append(later('6', 10));
      await fixture().store.deleteTopic('a');
      await fixture().topic('a');
      await append(later('7', 20));
      await pass(20);
      expect(await fixture().held('a')).toEqual(['7']);
    });

    test('many that are due at once come in order, and others have their turn meanwhile', async () => {
      await fixture().topic('a', { maxMessages: 10_000 });
      await fixture().topic('b');
      const messages = numbered(3500).map((text, index) => later(text, 1 + (index % 7)));
      expect(await append(...messages)).toMatchObject({ delayed: 3500 });
      fixture().clock.advance(10);
      await fixture().append('b', 'x');
      expect(info().delayed).toBeGreaterThan(0);
      await until(() => info().delayed === 0);
      const expected = [0, 1, 2, 3, 4, 5, 6].flatMap((rest) =>
        numbered(3500).filter((text) => Number(text) % 7 === rest),
      );
      expect(await fixture().held('a')).toEqual(expected);
    });

    test('of many topics, each gets its own in time', async () => {
      const names = numbered(150, 't');
      await Promise.all(names.map((name) => fixture().topic(name)));
      const appended = names.map((name, index) =>
        fixture().store.append(name, messagesOf(later(name, index < 75 ? 10 : 20))),
      );
      await Promise.all(appended);
      const stored = () => names.filter((name) => fixture().store.describe(name)!.messages === 1);
      fixture().clock.advance(10);
      await until(() => stored().length === 75);
      fixture().clock.advance(10);
      await until(() => stored().length === 150);
    });

    test('a purge and an append while they come', async () => {
      await fixture().topic('a', { maxMessages: 10_000 });
      await append(...numbered(2000).map((text) => later(text, 10)));
      fixture().clock.advance(10);
      await until(() => info().messages > 0);
      await Promise.all([fixture().store.purge('a'), append('x', later('y', 10))]);
      expect(info()).toMatchObject({ messages: 1, delayed: 1 });
      await pass(10);
      expect(await fixture().held('a')).toEqual(['x', 'y']);
    });

    describeClocks(fixture);
    describeRestarts(fixture, survives);
  });
}

function describeClocks(fixture: () => StoreFixture): void {
  const delay = (ms: number) =>
    fixture().store.append('a', messagesOf(['1', { deliverAt: fixture().time + ms }]));

  test('a wall clock that is set back does not make them wait for longer', async () => {
    await fixture().topic('a');
    await delay(5000);
    fixture().time -= HOUR;
    await fixture().store.append('a', messagesOf(['2', { deliverAt: fixture().time + 6000 }]));
    await passUntilDelayed(fixture(), 5000, 'a', 1);
    expect(await fixture().held('a')).toEqual(['1']);
    await passUntilDelayed(fixture(), 1000, 'a');
    expect(await fixture().held('a')).toEqual(['1', '2']);
  });

  test('a delay counts from when its message is stored, however the wall clock is set meanwhile', async () => {
    await fixture().topic('a');
    const { store, clock } = fixture();
    const appended = store.append(
      'a',
      messagesOf(['1', { delay: 20, key: 'k' }], ['2', { delay: 3 * HOUR }]),
    );
    fixture().time -= 2 * HOUR;
    expect(await appended).toMatchObject({ delayed: 2 });
    clock.advance(19);
    expect(await fixture().held('a')).toEqual([]);
    await passUntilDelayed(fixture(), 1, 'a', 1);
    fixture().time += 2 * HOUR;
    const { batches } = await readOn(await store.openReader('a', 'earliest'));
    expect(batches[0].messages.attributes).toEqual([{ key: 'k' }]);
    expect(store.describe('a')).toMatchObject({ messages: 1, delayed: 1 });
  });

  test('a wall clock that is set forward is noticed within 30 s, without anything else happening', async () => {
    await fixture().topic('a');
    await delay(2 * HOUR);
    fixture().time += 2 * HOUR;
    await passUntilDelayed(fixture(), 30_000, 'a');
    expect(await fixture().held('a')).toEqual(['1']);
  });
}

function describeRestarts(fixture: () => StoreFixture, survives: Survival): void {
  const delay = (text: string, ms: number) =>
    fixture().store.append('a', messagesOf([text, { deliverAt: fixture().time + ms, key: text }]));

  test('nothing is left to be woken for when the store is closed', async () => {
    await fixture().topic('a');
    await delay('1', 1000);
    await fixture().store.close();
    expect(fixture().clock.waiting).toBe(0);
  });

  if (survives !== 'all') return;

  test('after a restart, they come in time, or at once when it has passed', async () => {
    await fixture().topic('a');
    await delay('3', 3000);
    await delay('1', 1000);
    await delay('2', 1001);
    const before = fixture().store.describe('a');
    await fixture().restart();
    expect(fixture().store.describe('a')).toEqual(before);
    await passUntilDelayed(fixture(), 1000, 'a', 2);
    await fixture().store.close();
    fixture().clock.advance(1500);
    await fixture().open();
    await until(() => fixture().store.describe('a')!.delayed === 1);
    expect(await fixture().held('a')).toEqual(['1', '2']);
    await passUntilDelayed(fixture(), 500, 'a');
    expect(await walked(fixture(), 'a')).toEqual(['1: 1', '2: 2', '3: 3']);
  });

  test('a wall clock that is set back across a restart does not make them wait for longer', async () => {
    await fixture().topic('a');
    await delay('1', 5000);
    await fixture().store.close();
    fixture().time -= HOUR;
    await fixture().open();
    await passUntilDelayed(fixture(), 5000, 'a');
    expect(await fixture().held('a')).toEqual(['1']);
  });

  test('those of a purge or a deletion do not come back', async () => {
    await fixture().topic('a');
    await delay('1', 10);
    await fixture().store.purge('a');
    await fixture().restart();
    await delay('2', 20);
    await passUntilDelayed(fixture(), 20, 'a');
    expect(await fixture().held('a')).toEqual(['2']);
  });
}
