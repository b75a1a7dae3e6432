import type { RedriveFilter } from '../src/dead-letter';
import { batchWith, contentOf } from './dead-letters-suite';
import type { Survival } from './restart-suite';
import { batchOf, numbered, readOn, RecordingListener, tailsTold, type StoreFixture } from './store-fixture';

/** Messages that say that they are dead letters of topic `a`. */
const letters = (headers: Record<string, string>, ...texts: string[]) =>
  batchWith({ headers: { 'dead-letter-topic': 'a', ...headers } }, ...texts);

/** Topic `a`, empty, and `count` dead letters of it: `0`, `1` and so on. */
async function deadLetters(fixture: StoreFixture, count: number): Promise<void> {
  await fixture.topic('a', { maxMessages: 1, overflow: 'dead-letter' });
  await fixture.store.append('a', batchOf(numbered(count + 1)));
  await fixture.store.purge('a');
  await fixture.store.updateTopic('a', fixture.policy({ maxMessages: count }));
}

export function describeRedrive(fixture: () => StoreFixture, survives: Survival): void {
  describe('redrive', () => {
    test('moves dead letters back as new messages, oldest first, without their headers', async () => {
      const kept = { key: 'k', priority: 3, contentType: 'text/plain' };
      await fixture().topic('a', { maxMessages: 1, overflow: 'dead-letter' });
      await fixture().store.append('a', batchWith({ ...kept, headers: { mine: 'x' } }, '1'));
      await fixture().append('a', '2', '3');
      await fixture().store.updateTopic('a', fixture().policy());
      fixture().clock.advance(1000);
      expect(await fixture().store.redrive('a.dead', {})).toEqual({ moved: 2, stayed: 0 });
      expect(await contentOf(fixture(), 'a')).toEqual([
        { text: '3' },
        { text: '1', ...kept, headers: { mine: 'x' } },
        { text: '2' },
      ]);
      const { batches } = await readOn(await fixture().store.openReader('a', { sequence: 4 }));
      expect(batches).toMatchObject([{ firstSequence: 4, timestamp: fixture().time }]);
      expect(fixture().store.describe('a.dead')).toMatchObject({ messages: 0, bytes: 0, firstSequence: 3 });
    });

    test('tails of both topics hear of it', async () => {
      await deadLetters(fixture(), 3);
      const [origin, dead] = [new RecordingListener(), new RecordingListener()];
      fixture().store.tail('a', origin);
      fixture().store.tail('a.dead', dead);
      await fixture().store.redrive('a.dead', {});
      await tailsTold();
      expect(origin.heard).toEqual(['5: 0 1 2']);
      expect(dead.heard).toEqual(['taken through 3']);
    });

    test('a topic that does not exist is unknown; one without dead letters has nothing to move', async () => {
      await expect(fixture().store.redrive('a.dead', {})).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' });
      await fixture().topic('a');
      expect(await fixture().store.redrive('a', {})).toEqual({ moved: 0, stayed: 0 });
      await fixture().append('a', 'no dead letter');
      expect(await fixture().store.redrive('a', {})).toEqual({ moved: 0, stayed: 0 });
      expect(await fixture().held('a')).toEqual(['no dead letter']);
    });

    describeFilter(fixture);
    describeStaying(fixture);
    describeSlices(fixture);

    if (survives === 'all') {
      test('what was moved is where it went after a restart', async () => {
        await deadLetters(fixture(), 4);
        await fixture().store.redrive('a.dead', { fromSequence: 2, toSequence: 3 });
        await fixture().restart();
        expect(await fixture().held('a')).toEqual(['1', '2']);
        expect(await fixture().held('a.dead')).toEqual(['0', '3']);
        expect(await fixture().store.redrive('a.dead', {})).toEqual({ moved: 2, stayed: 0 });
      });
    }
  });
}

function describeFilter(fixture: () => StoreFixture): void {
  test.each<[RedriveFilter, string[]]>([
    [{ topic: 'a' }, ['1', '2', '3', '4']],
    [{ topic: 'b' }, ['5']],
    [{ group: 'g' }, ['2', '4']],
    [{ reason: 'expired' }, ['3', '4']],
    [{ group: 'g', reason: 'expired' }, ['4']],
    [{ fromSequence: 4 }, ['4', '5']],
    [{ toSequence: 2 }, ['1', '2']],
    [{ fromSequence: 3, toSequence: 3 }, ['3']],
    [{ fromSequence: 7 }, []],
    [{ limit: 2 }, ['1', '2']],
    [{ limit: 1, group: 'g' }, ['2']],
    [{ limit: 5 }, ['1', '2', '3', '4', '5']],
  ])('moves what the filter lets through: %j', async (filter, moved) => {
    for (const topic of ['a', 'b', 'failures']) await fixture().topic(topic);
    const add = async (headers: Record<string, string>, text: string): Promise<void> => {
      await fixture().store.append('failures', letters(headers, text));
    };
    await add({}, '1');
    await add({ 'dead-letter-group': 'g' }, '2');
    await add({ 'dead-letter-reason': 'expired' }, '3');
    await add({ 'dead-letter-group': 'g', 'dead-letter-reason': 'expired' }, '4');
    await add({ 'dead-letter-topic': 'b' }, '5');
    expect(await fixture().store.redrive('failures', filter)).toEqual({ moved: moved.length, stayed: 0 });
    expect([...(await fixture().held('a')), ...(await fixture().held('b'))]).toEqual(moved);
    const left = ['1', '2', '3', '4', '5'].filter((text) => !moved.includes(text));
    expect(await fixture().held('failures')).toEqual(left);
  });
}

function describeStaying(fixture: () => StoreFixture): void {
  test('what its topic has no room for stays, and can be moved later', async () => {
    await deadLetters(fixture(), 5);
    await fixture().append('a', 'x', 'y');
    expect(await fixture().store.redrive('a.dead', {})).toEqual({ moved: 3, stayed: 2 });
    expect(await fixture().held('a')).toEqual(['x', 'y', '0', '1', '2']);
    expect(await fixture().held('a.dead')).toEqual(['3', '4']);
    expect(await fixture().store.redrive('a.dead', {})).toEqual({ moved: 0, stayed: 2 });
    await fixture().store.take('a', 2);
    expect(await fixture().store.redrive('a.dead', {})).toEqual({ moved: 2, stayed: 0 });
  });

  test('what does not fit keeps what is younger from there, but not what is of other topics', async () => {
    await fixture().topic('a', { maxBytes: 2 });
    for (const topic of ['b', 'failures']) await fixture().topic(topic);
    const { store } = fixture();
    await store.append('failures', letters({}, '1', 'large', '2'));
    await store.append('failures', letters({ 'dead-letter-topic': 'b' }, '3'));
    expect(await store.redrive('failures', {})).toEqual({ moved: 2, stayed: 2 });
    expect(await fixture().held('a')).toEqual(['1']);
    expect(await fixture().held('b')).toEqual(['3']);
    expect(await fixture().held('failures')).toEqual(['large', '2']);
  });

  test('a topic that drops its oldest takes all that it could hold', async () => {
    await fixture().topic('a', { maxMessages: 2, maxBytes: 4, overflow: 'drop-oldest' });
    await fixture().topic('failures');
    await fixture().store.append('failures', letters({}, '1', 'large', '2', '3'));
    expect(await fixture().store.redrive('failures', {})).toEqual({ moved: 3, stayed: 1 });
    expect(await fixture().held('a')).toEqual(['2', '3']);
    expect(await fixture().held('failures')).toEqual(['large']);
  });

  test('what came from a topic that is gone, or from the dead-letter topic itself, stays', async () => {
    await fixture().topic('failures');
    await fixture().store.append('failures', letters({}, '1', '2'));
    await fixture().store.append('failures', letters({ 'dead-letter-topic': 'failures' }, '3'));
    expect(await fixture().store.redrive('failures', {})).toEqual({ moved: 0, stayed: 3 });
    expect(await fixture().held('failures')).toEqual(['1', '2', '3']);
  });

  test('a message that has expired in the dead-letter topic is not moved', async () => {
    await fixture().topic('a');
    await fixture().topic('failures', { maxAge: 1000 });
    await fixture().store.append('failures', letters({}, 'old'));
    fixture().time += 1000;
    expect(await fixture().store.redrive('failures', {})).toEqual({ moved: 0, stayed: 0 });
    await fixture().store.append('failures', letters({}, 'new'));
    fixture().time += 999;
    expect(await fixture().store.redrive('failures', {})).toEqual({ moved: 1, stayed: 0 });
  });
}

function describeSlices(fixture: () => StoreFixture): void {
  test('moves at most 1,000 messages in one commit, in order', async () => {
    await deadLetters(fixture(), 2500);
    const counts: number[] = [];
    fixture().store.tail('a', new RecordingListener(({ messages }) => counts.push(messages.count)));
    expect(await fixture().store.redrive('a.dead', {})).toEqual({ moved: 2500, stayed: 0 });
    await tailsTold();
    expect(counts).toEqual([1000, 1000, 500]);
    expect(await fixture().held('a')).toEqual(numbered(2500));
  });

  test('a limit is kept across commits, and only counts what was moved', async () => {
    await deadLetters(fixture(), 2500);
    expect(await fixture().store.redrive('a.dead', { limit: 1500 })).toEqual({ moved: 1500, stayed: 0 });
    await fixture().store.append('a.dead', letters({ 'dead-letter-topic': 'gone' }, 'stays'));
    expect(await fixture().store.redrive('a.dead', { limit: 2000 })).toEqual({ moved: 1000, stayed: 1 });
  });

  test('what becomes a dead letter meanwhile is left alone: it ends, although each move makes a new one', async () => {
    await fixture().topic('a', { maxMessages: 1, overflow: 'dead-letter' });
    await fixture().store.append('a', batchOf(numbered(2001)));
    expect(await fixture().store.redrive('a.dead', {})).toEqual({ moved: 2000, stayed: 0 });
    expect(await fixture().held('a')).toEqual(['1999']);
    expect(await fixture().held('a.dead')).toEqual(['2000', ...numbered(1999)]);
  });

  test('in a compacted dead-letter topic, a move may make a letter that replaces another', async () => {
    const key = { key: 'k' };
    await fixture().topic('a', { maxMessages: 1, overflow: 'dead-letter', deadLetterTopic: 'failures' });
    await fixture().topic('failures', { compact: true });
    await fixture().store.append('a', batchWith(key, 'old', 'new'));
    expect(await fixture().held('failures')).toEqual(['old']);
    expect(await fixture().store.redrive('failures', {})).toEqual({ moved: 1, stayed: 0 });
    expect(await fixture().held('a')).toEqual(['old']);
    expect(await fixture().held('failures')).toEqual(['new']);
    expect(fixture().store.describe('failures')).toMatchObject({ messages: 1, bytes: 3 });
  });

  test('one that fails half way says what it has moved, and why it ended', async () => {
    await deadLetters(fixture(), 2500);
    let deletion: Promise<void> | undefined;
    const onCommit = (): void => {
      deletion ??= fixture().store.deleteTopic('a.dead');
    };
    fixture().store.tail('a', new RecordingListener(onCommit));
    const result = await fixture().store.redrive('a.dead', {});
    await deletion;
    expect(result).toEqual({ moved: result.moved, stayed: 0, failure: 'TOPIC_UNKNOWN' });
    expect(result.moved).toBeGreaterThanOrEqual(1000);
    expect(await fixture().held('a')).toEqual(numbered(result.moved));
  });
}
