import type { AppendOperation } from '../src/transaction';
import { batchWith } from './dead-letters-suite';
import type { Survival } from './restart-suite';
import { batchOf, numbered, RecordingListener, tailsTold, type StoreFixture } from './store-fixture';

/** A part of a transaction that publishes these texts, each with the id at its index, if any. */
const append = (
  topic: string,
  texts: readonly string[],
  ids?: readonly (string | undefined)[],
): AppendOperation => ({ kind: 'append', topic, messages: batchOf(texts, ids) });

/** Matches the refusal of one part. */
const refusal = (code: string, index: number, topic: string) =>
  expect.objectContaining({
    code,
    message: expect.stringContaining(`operation ${index}, topic ${topic}`) as unknown,
  }) as Error;

/** `supported`: whether topics like the fixture's can have transactions. */
export function describeTransactions(
  fixture: () => StoreFixture,
  supported: boolean,
  survives: Survival,
): void {
  describe('transactions', () => {
    if (!supported) {
      test('are refused, with the name of the engine, and nothing is stored', async () => {
        await fixture().topic('a');
        await expect(fixture().store.transact([append('a', ['1'])])).rejects.toMatchObject({
          code: 'NOT_SUPPORTED',
          message: expect.stringContaining('memory') as unknown,
        });
        expect(await fixture().held('a')).toEqual([]);
      });
      return;
    }
    describeAppends(fixture);
    describeVisibility(fixture);
    describeRefusals(fixture);
    describeRepeats(fixture);
    if (survives === 'all') describeAfterRestart(fixture);
  });
}

function describeAppends(fixture: () => StoreFixture): void {
  test('append to several topics, in the order of their parts', async () => {
    for (const topic of ['a', 'b']) await fixture().topic(topic);
    await fixture().append('a', '1');
    const parts = [append('a', ['2', '3']), append('b', ['x']), append('a', ['4'])];
    await fixture().store.transact(parts);
    expect(fixture().store.describe('a')).toMatchObject({ firstSequence: 1, nextSequence: 5, messages: 4 });
    expect(fixture().store.describe('b')).toMatchObject({ firstSequence: 1, nextSequence: 2, messages: 1 });
    expect(await fixture().held('a')).toEqual(['1', '2', '3', '4']);
    expect(await fixture().held('b')).toEqual(['x']);
  });

  test('take effect in their place among the calls for their topics', async () => {
    const { store } = fixture();
    const results = await Promise.all([
      store.createTopic('a', fixture().policy()),
      store.append('a', batchOf(['1'])),
      store.createTopic('b', fixture().policy()),
      store.transact([append('b', ['x']), append('a', ['2'])]),
      store.append('a', batchOf(['3'])),
      store.take('b', 1),
      store.deleteTopic('b'),
    ]);
    expect(results[4]).toMatchObject({ firstSequence: 3 });
    expect(results[5]).toMatchObject({ firstSequence: 1 });
    expect(await fixture().held('a')).toEqual(['1', '2', '3']);
  });

  test('one without parts does nothing', async () => {
    await expect(fixture().store.transact([])).resolves.toBeUndefined();
    expect([...fixture().store.topics()]).toEqual([]);
  });

  test('a delayed message waits until it is due, and is part of it', async () => {
    await fixture().topic('a');
    const messages = batchWith({ deliverAt: fixture().time + 1000 }, 'later');
    await fixture().store.transact([append('a', ['now']), { kind: 'append', topic: 'a', messages }]);
    expect(fixture().store.describe('a')).toMatchObject({ messages: 1, delayed: 1 });
  });

  test('what one pushes out becomes dead letters with it', async () => {
    await fixture().topic('a', { maxMessages: 2, overflow: 'dead-letter' });
    await fixture().append('a', 'old');
    await fixture().store.transact([append('a', ['1', '2']), append('a', ['3'])]);
    expect(await fixture().held('a')).toEqual(['2', '3']);
    expect(await fixture().held('a.dead')).toEqual(['old', '1']);
  });
}

function describeVisibility(fixture: () => StoreFixture): void {
  test('nothing of one can be seen before it is confirmed, and then all of it', async () => {
    for (const topic of ['a', 'b']) await fixture().topic(topic);
    const seen = () => ['a', 'b'].map((topic) => fixture().store.describe(topic)!.messages);
    const reader = await fixture().store.openReader('a', 'earliest');
    const confirmed = fixture().store.transact([append('a', ['1']), append('b', ['x'])]);
    expect(await reader.fetch(10, 1000)).toEqual([]);
    expect(seen()).toEqual([0, 0]);
    await confirmed;
    expect(seen()).toEqual([1, 1]);
    expect(await reader.fetch(10, 1000)).toHaveLength(1);
  });

  test('tails hear of it after the confirm, of the parts of their topic, in order', async () => {
    for (const topic of ['a', 'b']) await fixture().topic(topic);
    const order: string[] = [];
    const note = (topic: string) => () => order.push(topic);
    const tails = { a: new RecordingListener(note('a')), b: new RecordingListener(note('b')) };
    fixture().store.tail('a', tails.a);
    fixture().store.tail('b', tails.b);
    await fixture()
      .store.transact([append('a', ['1']), append('b', ['x']), append('a', ['2', '3'])])
      .then(() => order.push('confirmed'));
    await tailsTold();
    expect(order[0]).toBe('confirmed');
    expect(tails.a.heard).toEqual(['1: 1', '2: 2 3']);
    expect(tails.b.heard).toEqual(['1: x']);
  });
}

function describeRefusals(fixture: () => StoreFixture): void {
  test('a topic that does not exist: nothing of it happens, and other calls are not touched', async () => {
    await fixture().topic('a');
    const { store } = fixture();
    const refused = store.transact([append('a', ['1']), append('gone', ['2'])]);
    const results = await Promise.allSettled([refused, store.append('a', batchOf(['3']))]);
    expect(results[0]).toEqual({ status: 'rejected', reason: refusal('TOPIC_UNKNOWN', 1, 'gone') });
    expect(results[1]).toMatchObject({ value: { firstSequence: 1 } });
    expect([...store.topics()]).toEqual(['a']);
    expect(await fixture().held('a')).toEqual(['3']);
  });

  test('maxMessages: parts for one topic are counted together, on both sides of the limit', async () => {
    await fixture().topic('a', { maxMessages: 4 });
    await fixture().topic('b');
    await fixture().append('a', '1');
    const { store } = fixture();
    const parts = (...texts: string[]) => [append('a', ['2', '3']), append('b', ['x']), append('a', texts)];
    await expect(store.transact(parts('4', '5'))).rejects.toEqual(refusal('TOPIC_FULL', 2, 'a'));
    expect(await fixture().held('b')).toEqual([]);
    expect(store.describe('a')).toMatchObject({ messages: 1, nextSequence: 2 });
    await store.transact(parts('4'));
    expect(await fixture().held('a')).toEqual(['1', '2', '3', '4']);
    await expect(store.transact([append('a', ['5'])])).rejects.toEqual(refusal('TOPIC_FULL', 0, 'a'));
  });

  test('maxBytes: parts for one topic are counted together, on both sides of the limit', async () => {
    await fixture().topic('a', { maxBytes: 6 });
    const { store } = fixture();
    const parts = (text: string) => [append('a', ['11', '22']), append('a', [text])];
    await expect(store.transact(parts('333'))).rejects.toEqual(refusal('TOPIC_FULL', 1, 'a'));
    expect(store.describe('a')).toMatchObject({ messages: 0 });
    await store.transact(parts('33'));
    expect(await fixture().held('a')).toEqual(['11', '22', '33']);
  });

  test('drop-oldest: only what an empty topic could not hold', async () => {
    await fixture().topic('a', { maxMessages: 2, maxBytes: 4, overflow: 'drop-oldest' });
    const { store } = fixture();
    await fixture().append('a', 'old');
    const parts = [append('a', ['1']), append('a', ['large'])];
    await expect(store.transact(parts)).rejects.toEqual(refusal('TOPIC_FULL', 1, 'a'));
    expect(await fixture().held('a')).toEqual(['old']);
    await store.transact([append('a', ['1']), append('a', ['2', '3'])]);
    expect(await fixture().held('a')).toEqual(['2', '3']);
  });

  test('delayed messages count towards the limit', async () => {
    await fixture().topic('a', { maxMessages: 1 });
    const messages = batchWith({ deliverAt: fixture().time + 1000 }, 'later');
    const both = [{ ...append('a', []), messages }, append('a', ['now'])];
    await expect(fixture().store.transact(both)).rejects.toEqual(refusal('TOPIC_FULL', 1, 'a'));
    expect(fixture().store.describe('a')).toMatchObject({ messages: 0, delayed: 0 });
  });
}

function describeRepeats(fixture: () => StoreFixture): void {
  test('message ids that are known, also from an earlier part, are repeats and no refusals', async () => {
    await fixture().topic('a', { maxMessages: 3 });
    const { store } = fixture();
    await store.append('a', batchOf(['1'], ['p-1']));
    const parts = [append('a', ['1', '2'], ['p-1', 'p-2']), append('a', ['2', '3'], ['p-2', 'p-3'])];
    for (const attempt of ['first', 'second']) {
      await store.transact(parts);
      expect([attempt, await fixture().held('a')]).toEqual([attempt, ['1', '2', '3']]);
      expect(store.describe('a')).toMatchObject({ nextSequence: 4 });
    }
  });

  test('the ids of one that is refused are not remembered', async () => {
    await fixture().topic('a', { maxMessages: 4, dedupeIds: 2 });
    const { store } = fixture();
    await store.append('a', batchOf(['1', '2'], ['p-1', 'p-2']));
    const refused = store.transact([append('a', numbered(3), ['q-0', 'q-1', 'q-2'])]);
    const results = await Promise.allSettled([
      refused,
      store.append('a', batchOf(['1', '2'], ['p-1', 'p-2'])),
      store.append('a', batchOf(['q'], ['q-1'])),
    ]);
    expect(results[0]).toEqual({ status: 'rejected', reason: refusal('TOPIC_FULL', 0, 'a') });
    expect(results[1]).toMatchObject({ value: { stored: 0, repeats: 2 } });
    expect(results[2]).toMatchObject({ value: { stored: 1, repeats: 0 } });
    expect(await fixture().held('a')).toEqual(['1', '2', 'q']);
    expect(await store.append('a', batchOf(['q', '2'], ['q-1', 'p-2']))).toMatchObject({ repeats: 2 });
  });

  test('an id that an earlier part pushed out of those remembered is new', async () => {
    await fixture().topic('a', { maxMessages: 3, dedupeIds: 1 });
    const parts = [append('a', ['1'], ['p-1']), append('a', ['2'], ['p-2']), append('a', ['1'], ['p-1'])];
    await fixture().store.transact(parts);
    expect(await fixture().held('a')).toEqual(['1', '2', '1']);
    await expect(fixture().store.transact([append('a', ['2'], ['p-2'])])).rejects.toEqual(
      refusal('TOPIC_FULL', 0, 'a'),
    );
  });
}

function describeAfterRestart(fixture: () => StoreFixture): void {
  test('all of it is there after a restart, with its ids, and nothing of a refused one', async () => {
    await fixture().topic('a', { maxMessages: 2 });
    await fixture().topic('b');
    const { store } = fixture();
    const parts = [append('a', ['1', '2'], ['p-1', 'p-2']), append('b', ['x'], ['p-3'])];
    await store.transact(parts);
    await expect(store.transact([append('b', ['y']), append('a', ['3'])])).rejects.toMatchObject({
      code: 'TOPIC_FULL',
    });
    await fixture().restart();
    expect(await fixture().held('a')).toEqual(['1', '2']);
    expect(await fixture().held('b')).toEqual(['x']);
    await fixture().store.transact(parts);
    expect(fixture().store.describe('a')).toMatchObject({ messages: 2, nextSequence: 3 });
    expect(fixture().store.describe('b')).toMatchObject({ messages: 1, nextSequence: 2 });
  });
}
