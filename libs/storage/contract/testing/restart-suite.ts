import { messagesOf, until } from './messages';
import { batchOf, numbered, readOn, textsOf, type StoreFixture } from './store-fixture';

/** What a restart leaves of a topic. */
export type Survival = 'all' | 'sequences' | 'nothing';

export function describeRestart(fixture: () => StoreFixture, survives: Survival): void {
  describe('after a restart', () => {
    if (survives === 'nothing') {
      test('a topic that is created again has another epoch, because its sequences start again', async () => {
        const before = await fixture().store.createTopic('a', fixture().policy());
        await fixture().restart();
        expect([...fixture().store.topics()]).toEqual([]);
        const after = await fixture().store.createTopic('a', fixture().policy());
        expect(after.epoch).not.toBe(before.epoch);
      });
      return;
    }
    if (survives === 'all') describeKeptMessages(fixture);
    else describeLostMessages(fixture);
    describeKeptTopics(fixture);
  });
}

function describeKeptTopics(fixture: () => StoreFixture): void {
  test('topics keep their policy and epoch', async () => {
    const policy = fixture().policy({ maxMessages: 5, overflow: 'drop-oldest' });
    const { epoch } = await fixture().store.createTopic('a', fixture().policy());
    await fixture().store.updateTopic('a', policy);
    await fixture().topic('gone');
    await fixture().store.deleteTopic('gone');
    await fixture().restart();
    expect([...fixture().store.topics()]).toEqual(['a']);
    expect(fixture().store.describe('a')).toMatchObject({ policy, epoch });
  });

  test('sequences go on, also of topics that were empty, purged or deleted', async () => {
    for (const topic of ['held', 'purged', 'taken', 'deleted']) {
      await fixture().topic(topic);
      await fixture().append(topic, '1', '2', '3');
    }
    await fixture().store.purge('purged');
    await fixture().store.take('taken', 3);
    await fixture().store.deleteTopic('deleted');
    await fixture().restart();
    await fixture().topic('deleted');
    for (const topic of ['held', 'purged', 'taken', 'deleted']) {
      const { firstSequence } = await fixture().store.append(topic, batchOf(['4']));
      expect(firstSequence).toBeGreaterThanOrEqual(4);
    }
  });
}

function describeKeptMessages(fixture: () => StoreFixture): void {
  test('messages, counts and sequences are as they were', async () => {
    await fixture().topic('a');
    await fixture().topic('b');
    await fixture().append('a', '1', '2', '3');
    await fixture().append('b', 'x');
    await fixture().append('a', '4');
    await fixture().store.take('a', 2);
    const before = fixture().store.describe('a');
    await fixture().restart();
    expect(fixture().store.describe('a')).toEqual(before);
    expect(await fixture().held('a')).toEqual(['3', '4']);
    expect(await fixture().held('b')).toEqual(['x']);
    expect(await fixture().store.append('a', batchOf(['5']))).toMatchObject({ firstSequence: 5 });
    const reader = await fixture().store.openReader('a', { sequence: 1, epoch: before!.epoch });
    const { holes, batches } = await readOn(reader);
    expect(holes).toEqual([{ from: 1, to: 2, reason: 'taken' }]);
    expect(textsOf(batches)).toEqual(['3', '4', '5']);
  });

  test('a purged or deleted topic stays empty, however much it held', async () => {
    for (const topic of ['purged', 'deleted']) {
      await fixture().topic(topic, { maxMessages: 100_000 });
      await Promise.all(numbered(3000).map((text) => fixture().store.append(topic, batchOf([text]))));
    }
    await fixture().store.purge('purged');
    await fixture().append('purged', 'next');
    await fixture().store.deleteTopic('deleted');
    await fixture().restart();
    await fixture().topic('deleted');
    expect(await fixture().held('purged')).toEqual(['next']);
    expect(await fixture().held('deleted')).toEqual([]);
  });

  test('ids are remembered for as long as before, also of messages that are gone', async () => {
    await fixture().topic('a', { dedupeWindow: 1000 });
    await fixture().store.append('a', batchOf(['1', '2'], ['p-1', 'other']));
    await fixture().store.purge('a');
    fixture().time += 500;
    await fixture().store.append('a', batchOf(['3'], ['p-3']));
    await fixture().restart();
    const all = () => fixture().store.append('a', batchOf(['1', '2', '3'], ['p-1', 'other', 'p-3']));
    expect(await all()).toMatchObject({ stored: 0, repeats: 3, delayed: 0 });
    fixture().time += 500;
    await fixture().restart();
    expect(await all()).toMatchObject({ stored: 2, repeats: 1, delayed: 0 });
  });

  test('no more ids are remembered than before', async () => {
    await fixture().topic('a', { dedupeIds: 2 });
    await fixture().store.append('a', batchOf(['1', '2', '3'], ['p-1', 'p-2', 'p-3']));
    await fixture().store.append('a', batchOf(['2', '4'], ['p-2', 'p-4']));
    await fixture().restart();
    expect(await fixture().store.append('a', batchOf(['3', '4'], ['p-3', 'p-4']))).toMatchObject({
      repeats: 2,
      delayed: 0,
    });
    expect(await fixture().store.append('a', batchOf(['2'], ['p-2']))).toMatchObject({ stored: 1 });
  });

  test('a clock that was months ahead, and was put right meanwhile, stalls neither waits nor ages', async () => {
    const months = 100 * 24 * 3600 * 1000;
    await fixture().topic('old', { maxAge: 1000 });
    await fixture().topic('late');
    fixture().time += months;
    await fixture().append('old', '1');
    const { time } = fixture();
    const messages = messagesOf(
      ['2', { delay: 1000 }],
      ['3', { deliverAt: time + 1000 }],
      ['4', { ttl: 1000 }],
    );
    await fixture().store.append('late', messages);
    fixture().time -= months;
    await fixture().restart();
    await fixture().append('old', '5');
    const later = messagesOf(['6', { deliverAt: fixture().time + 1000 }]);
    await fixture().store.append('late', later);
    fixture().clock.advance(999);
    expect([await fixture().held('old'), await fixture().held('late')]).toEqual([['1', '5'], ['4']]);
    fixture().clock.advance(1);
    await until(() => fixture().store.describe('late')!.delayed === 0);
    expect([await fixture().held('old'), await fixture().held('late')]).toEqual([[], ['2', '3', '6']]);
  });

  test('a clock that was set back meanwhile does not keep ids for longer', async () => {
    await fixture().topic('a', { dedupeWindow: 1000 });
    await fixture().store.append('a', batchOf(['1'], ['p-1']));
    fixture().time -= 1_000_000;
    await fixture().restart();
    expect(await fixture().store.append('a', batchOf(['1'], ['p-1']))).toMatchObject({
      repeats: 1,
      delayed: 0,
    });
    fixture().clock.advance(1000);
    expect(await fixture().store.append('a', batchOf(['1'], ['p-1']))).toMatchObject({ stored: 1 });
  });
}

function describeLostMessages(fixture: () => StoreFixture): void {
  test('topics are empty, and a subscriber that resumes is told of the hole', async () => {
    const { epoch } = await fixture().store.createTopic('a', fixture().policy());
    await fixture().append('a', '1', '2', '3');
    await fixture().restart();
    const info = fixture().store.describe('a')!;
    expect(info).toMatchObject({ epoch, messages: 0, bytes: 0, firstSequence: info.nextSequence });
    expect(info.nextSequence).toBeGreaterThanOrEqual(4);
    const reader = await fixture().store.openReader('a', { sequence: 2, epoch });
    await fixture().append('a', 'later');
    const { holes, batches } = await readOn(reader);
    expect(holes).toEqual([{ from: 2, to: info.nextSequence - 1, reason: 'purged' }]);
    expect(textsOf(batches)).toEqual(['later']);
  });
}
