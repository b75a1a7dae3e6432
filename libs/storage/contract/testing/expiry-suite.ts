import type { TopicInfo } from '../src/message-store';
import { messagesOf, passUntilDelayed, until, walked, type TestMessage } from './messages';
import type { Survival } from './restart-suite';
import {
  batchOf,
  numbered,
  readOn,
  RecordingListener,
  tailsTold,
  textsOf,
  type StoreFixture,
} from './store-fixture';

export function describeExpiry(fixture: () => StoreFixture, survives: Survival): void {
  const append = (...messages: TestMessage[]) => fixture().store.append('a', messagesOf(...messages));
  const info = (): TopicInfo => fixture().store.describe('a')!;
  /** Lets `ms` pass; resolves when the topic has at most so many messages. */
  const pass = async (ms: number, messages: number) => {
    fixture().clock.advance(ms);
    await until(() => info().messages <= messages);
  };

  describe('expiry', () => {
    test('maxAge: the oldest are removed when they are too old, and make room', async () => {
      await fixture().topic('a', { maxAge: 1000 });
      await append('1', '2');
      fixture().clock.advance(500);
      await append('3');
      fixture().clock.advance(499);
      expect(info().messages).toBe(3);
      await pass(1, 1);
      expect(info()).toMatchObject({ firstSequence: 3, messages: 1, bytes: 1 });
      expect(await walked(fixture(), 'a')).toEqual(['age 1-2', '3: 3']);
      await pass(500, 0);
      expect(info()).toMatchObject({ firstSequence: 4, messages: 0, bytes: 0 });
    });

    test('ttl: each is removed in its time, and leaves a hole', async () => {
      await fixture().topic('a');
      await append(['1', { ttl: 30 }], '2', ['3', { ttl: 10 }], ['4', { ttl: 10 }], ['5', { ttl: 20 }], '6');
      await pass(10, 4);
      expect(info()).toMatchObject({ firstSequence: 1, messages: 4, bytes: 4 });
      expect(await walked(fixture(), 'a')).toEqual(['1: 1 2', 'expired 3-4', '5: 5 6']);
      await pass(10, 3);
      expect(await walked(fixture(), 'a')).toEqual(['1: 1 2', 'expired 3-5', '6: 6']);
      await pass(10, 2);
      expect(info()).toMatchObject({ firstSequence: 2, messages: 2, bytes: 2 });
      expect(await walked(fixture(), 'a')).toEqual(['expired 1-1', '2: 2', 'expired 3-5', '6: 6']);
    });

    test('nothing that has expired is read or taken, also before it is removed', async () => {
      await fixture().topic('a', { maxAge: 1000 });
      await append('1', ['2', { ttl: 500, priority: 5 }], '3');
      fixture().time += 500;
      expect(info().messages).toBe(3);
      expect(await walked(fixture(), 'a')).toEqual(['1: 1', 'expired 2-2', '3: 3']);
      expect(textsOf([(await fixture().store.take('a', 5))!])).toEqual(['1']);
      fixture().time += 500;
      expect(await walked(fixture(), 'a', 3)).toEqual(['age 3-3']);
      expect(await fixture().store.take('a', 5)).toBeUndefined();
      expect(info()).toMatchObject({ messages: 0, firstSequence: 4 });
    });

    test('what expires until the tails are told is left out', async () => {
      await fixture().topic('a');
      const listener = new RecordingListener();
      fixture().store.tail('a', listener);
      const age = () => (fixture().time += 100);
      await append('1', ['2', { ttl: 100 }], '3', ['4', { ttl: 101 }]).then(age);
      await append(['5', { ttl: 100 }]).then(age);
      await tailsTold();
      const told = listener.heard.filter((heard) => !heard.startsWith('expired'));
      expect(told).toEqual(['1: 1', '3: 3 4']);
    });

    test('a full topic takes what is in place of the expired', async () => {
      await fixture().topic('a', { maxMessages: 3 });
      await append('1', ['2', { ttl: 10 }], ['3', { ttl: 20 }]);
      fixture().time += 10;
      expect(await append('4', '5')).toMatchObject({
        stored: 1,
        refusals: [{ index: 1, code: 'TOPIC_FULL' }],
      });
      expect(await fixture().held('a')).toEqual(['1', '3', '4']);
      await fixture().topic('b', { maxBytes: 5, maxAge: 10 });
      await fixture().append('b', '12345');
      fixture().time += 10;
      expect(await fixture().store.append('b', batchOf(['abcd']))).toMatchObject({ stored: 1 });
      expect(fixture().store.describe('b')).toMatchObject({ messages: 1, bytes: 4, firstSequence: 2 });
    });

    test('drop-oldest pushes out nothing where the expired make room', async () => {
      await fixture().topic('a', { maxMessages: 3, overflow: 'drop-oldest' });
      await append('1', ['2', { ttl: 10 }], '3');
      fixture().time += 10;
      await append('4');
      expect(await fixture().held('a')).toEqual(['1', '3', '4']);
      await append('5');
      expect(await walked(fixture(), 'a')).toEqual(['overflow 1-2', '3: 3', '4: 4', '5: 5']);
    });

    test('a maxAge that is set or changed holds at once', async () => {
      await fixture().topic('a');
      await append('1');
      fixture().clock.advance(1000);
      await append('2');
      await fixture().store.updateTopic('a', fixture().policy({ maxAge: 1000 }));
      expect(info()).toMatchObject({ messages: 1, firstSequence: 2 });
      await fixture().store.updateTopic('a', fixture().policy({ maxAge: 5000 }));
      fixture().clock.advance(4999);
      expect(await fixture().held('a')).toEqual(['2']);
      await pass(1, 0);
    });

    test('a ttl runs from the time at which a delayed message is due', async () => {
      await fixture().topic('a');
      await append(['1', { deliverAt: fixture().time + 1000, ttl: 500 }]);
      await passUntilDelayed(fixture(), 1000, 'a');
      expect(info().messages).toBe(1);
      fixture().clock.advance(499);
      expect(await fixture().held('a')).toEqual(['1']);
      await pass(1, 0);
    });

    test('a ttl of 0 is over at once', async () => {
      await fixture().topic('a');
      await append(['1', { ttl: 0 }], '2');
      expect(await fixture().held('a')).toEqual(['2']);
      await until(() => info().messages === 1);
    });

    test('much that expires at once goes in parts, and others have their turn meanwhile', async () => {
      await fixture().topic('a', { maxMessages: 20_000, maxAge: 1000 });
      await fixture().topic('b');
      await append(...numbered(5000));
      for (let part = 0; part < 8; part++) await append(...numbered(500));
      fixture().clock.advance(1000);
      await fixture().append('b', 'x');
      expect(info().messages).toBeGreaterThan(0);
      await until(() => info().messages === 0);
      expect(info()).toMatchObject({ bytes: 0, firstSequence: 9001, nextSequence: 9001 });
    });

    test('many small batches with a ttl go in their time, and those with a longer one stay', async () => {
      await fixture().topic('a', { maxMessages: 10_000 });
      await Promise.all(numbered(3000).map((text) => append([text, { ttl: Number(text) % 2 ? 50 : 5000 }])));
      await pass(50, 1500);
      const { batches } = await readOn(await fixture().store.openReader('a', 'earliest'));
      expect(textsOf(batches)).toEqual(numbered(3000).filter((text) => Number(text) % 2 === 0));
      await pass(4950, 0);
    });

    test('messages that are taken, pushed out or purged do not expire', async () => {
      await fixture().topic('a', { maxMessages: 4, overflow: 'drop-oldest' });
      const short = (text: string): TestMessage => [text, { ttl: 10 }];
      await append(short('1'), short('2'), short('3'), '4');
      await fixture().store.take('a', 1);
      await append('5', '6');
      await fixture().store.purge('a');
      await append('7', short('8'));
      await pass(10, 1);
      expect(await walked(fixture(), 'a')).toEqual(['taken 1-6', '7: 7', 'expired 8-8']);
    });

    describeExpiredLetters(fixture);
    if (survives === 'all') describeRestarts(fixture);
  });
}

function describeExpiredLetters(fixture: () => StoreFixture): void {
  test.each([{ maxAge: 100 }, { maxAge: Number.MAX_SAFE_INTEGER }])(
    'with deadLetterExpired, they become dead letters, once: %j',
    async ({ maxAge }) => {
      await fixture().topic('a', { maxAge, deadLetterExpired: true });
      await fixture().store.append(
        'a',
        messagesOf(['1', { ttl: 100 }], ['2', { ttl: 100 }], ['3', { ttl: 100 }]),
      );
      await fixture().store.take('a', 1);
      fixture().clock.advance(100);
      await until(() => fixture().store.describe('a')!.messages === 0);
      await fixture().store.take('a', 1);
      const { batches } = await readOn(await fixture().store.openReader('a.dead', 'earliest'));
      expect(textsOf(batches)).toEqual(['2', '3']);
      const [first] = batches[0].messages.attributes!;
      expect(first!.headers).toMatchObject({
        'dead-letter-reason': 'expired',
        'dead-letter-topic': 'a',
        'dead-letter-sequence': '2',
      });
      expect(first!.ttl).toBeUndefined();
    },
  );

  test('a dead-letter topic drops what expires', async () => {
    await fixture().topic('a.dead', { maxAge: 100, deadLetterExpired: true });
    await fixture().append('a.dead', '1');
    fixture().clock.advance(100);
    await until(() => fixture().store.describe('a.dead')!.messages === 0);
    expect([...fixture().store.topics()]).toEqual(['a.dead']);
  });
}

function describeRestarts(fixture: () => StoreFixture): void {
  test('after a restart, what has expired goes at once, and the rest in its time', async () => {
    await fixture().topic('a', { maxAge: 100 });
    await fixture().topic('b');
    await fixture().append('a', '1');
    await fixture().store.append('b', messagesOf(['1', { ttl: 100 }], ['2', { ttl: 200 }], '3'));
    await fixture().store.close();
    fixture().clock.advance(100);
    await fixture().open();
    const counts = () => ['a', 'b'].map((topic) => fixture().store.describe(topic)!.messages);
    await until(() => counts().join() === '0,2');
    await fixture().restart();
    fixture().clock.advance(100);
    await until(() => counts().join() === '0,1');
    expect(await walked(fixture(), 'b')).toEqual(['expired 1-2', '3: 3']);
  });
}
