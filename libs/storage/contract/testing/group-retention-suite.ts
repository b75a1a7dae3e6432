import type { TopicPolicy } from '@pochta/protocol';
import { GroupTester } from './group-tester';
import { messagesOf, until, walked } from './messages';
import type { Survival } from './restart-suite';
import { batchOf, numbered, type StoreFixture } from './store-fixture';

export function describeGroupRetention(fixture: () => StoreFixture, survives: Survival): void {
  const join = (group = 'g') => GroupTester.join(fixture(), 'a', group);
  const held = () => fixture().held('a');

  describe('retention with groups', () => {
    describeWorkQueues(fixture, join, held);
    describeFullTopics(fixture, join, held);
    describeLosses(fixture, join);
    if (survives === 'all') {
      test('a work queue goes on where it was', async () => {
        await fixture().topic('a', { retention: 'work-queue' });
        await fixture().append('a', ...numbered(5));
        const before = await join();
        await before.fetch();
        await before.member.ack([1, 4]);
        await fixture().restart();
        expect(await held()).toEqual(['1', '2', '4']);
        const tester = await join();
        expect(await tester.counts()).toEqual([
          [2, 1],
          [3, 1],
          [5, 1],
        ]);
        await tester.member.ack([2, 3, 5]);
        expect(tester.info()).toMatchObject({ ackFloor: 6, lost: 0, backlog: 0 });
      });

      test('what was lost is counted once, also by groups that nobody has opened', async () => {
        await fixture().topic('a', { maxMessages: 2, overflow: 'drop-oldest' });
        const before = await join();
        await before.fetch(1);
        await fixture().append('a', '1', '2', '3');
        await fixture().restart();
        expect(fixture().store.groups('a')).toMatchObject([{ lost: 1, ackFloor: 2, backlog: 2 }]);
        await fixture().append('a', '4');
        await fixture().restart();
        expect(fixture().store.groups('a')).toMatchObject([{ lost: 2, ackFloor: 3, backlog: 2 }]);
      });
    }
  });
}

type Join = (group?: string) => Promise<GroupTester>;
type Held = () => Promise<string[]>;

function describeWorkQueues(fixture: () => StoreFixture, join: Join, held: Held): void {
  const policy: Partial<TopicPolicy> = { retention: 'work-queue', maxMessages: 10_000 };

  test('a work queue without a group keeps its messages, and a new group gets what is held', async () => {
    await fixture().topic('a', policy);
    await fixture().append('a', '1', '2');
    expect(await held()).toEqual(['1', '2']);
    const tester = await join();
    expect(await tester.texts()).toEqual(['1', '2']);
    await tester.member.ack([1]);
    expect(await held()).toEqual(['2']);
    expect(await (await join('late')).texts()).toEqual(['2']);
  });

  test('a work queue removes what every group has acked, in whatever order', async () => {
    await fixture().topic('a', policy);
    for (const text of ['1', '2 3 4', '5 6']) await fixture().append('a', ...text.split(' '));
    const [one, other] = [await join('g'), await join('h')];
    await one.fetch();
    await other.fetch();
    await one.member.ack([5, 2, 3]);
    expect(await held()).toEqual(['1', '2', '3', '4', '5', '6']);
    await other.member.ack([3, 4, 5]);
    expect(await held()).toEqual(['1', '2', '4', '6']);
    expect(await walked(fixture(), 'a')).toEqual(['1: 1', '2: 2', 'taken 3-3', '4: 4', 'taken 5-5', '6: 6']);
    await other.member.ack([1, 2]);
    await one.member.ack([1, 4]);
    expect(await held()).toEqual(['6']);
    expect([one.info(), other.info()]).toMatchObject([
      { ackFloor: 6, backlog: 0, inFlight: 1, lost: 0 },
      { ackFloor: 6, backlog: 0, inFlight: 1, lost: 0 },
    ]);
  });

  test('a work queue removes what the group that went was the last to need', async () => {
    await fixture().topic('a', policy);
    await fixture().append('a', '1', '2', '3');
    const [one] = [await join('g'), await join('h')];
    await one.fetch();
    await one.member.ack([1, 2]);
    expect(await held()).toEqual(['1', '2', '3']);
    await fixture().store.deleteGroup('a', 'h');
    expect(await held()).toEqual(['3']);
  });

  test('a work queue gives its dead letters away', async () => {
    await fixture().topic('a', policy);
    await fixture().append('a', '1', '2');
    const tester = await join();
    await tester.fetch();
    await tester.member.terminate([2]);
    expect(await held()).toEqual(['1']);
    expect(await fixture().held('a.dead')).toEqual(['2']);
  });
}

function describeFullTopics(fixture: () => StoreFixture, join: Join, held: Held): void {
  test('a full topic lets go of as much as it needs of what every group has acked, the oldest first', async () => {
    await fixture().topic('a', { maxMessages: 4 });
    await fixture().append('a', '1', '2', '3', '4');
    const [one, other] = [await join('g'), await join('h')];
    await one.fetch();
    await other.fetch();
    await one.member.ack([1, 2, 3]);
    await expect(fixture().store.append('a', batchOf(['x']))).resolves.toMatchObject({ stored: 0 });
    await other.member.ack([1, 2]);
    expect(await fixture().store.append('a', batchOf(['5']))).toMatchObject({ stored: 1 });
    expect(await held()).toEqual(['2', '3', '4', '5']);
    expect(await fixture().store.append('a', batchOf(['6', '7']))).toMatchObject({
      stored: 1,
      refusals: [{ index: 1, code: 'TOPIC_FULL' }],
    });
    expect(await held()).toEqual(['3', '4', '5', '6']);
    expect([one.info(), other.info()]).toMatchObject([
      { lost: 0, ackFloor: 4, backlog: 2 },
      { lost: 0, ackFloor: 3, backlog: 2 },
    ]);
  });

  test('also above the ack floor; what is in the way stays', async () => {
    await fixture().topic('a', { maxMessages: 5 });
    await fixture().append('a', '1', '2', '3', '4', '5');
    const tester = await join();
    await tester.fetch();
    await tester.member.ack([5, 2, 4]);
    await fixture().append('a', '6');
    expect(await held()).toEqual(['1', '3', '4', '5', '6']);
    await tester.member.ack([3]);
    await fixture().append('a', '7', '8');
    expect(await held()).toEqual(['1', '5', '6', '7', '8']);
    expect(await fixture().store.append('a', batchOf(['9', 'x']))).toMatchObject({ stored: 1 });
    expect(await held()).toEqual(['1', '6', '7', '8', '9']);
    expect(tester.info()).toMatchObject({ ackFloor: 1, lost: 0, inFlight: 1, backlog: 4 });
    expect(await tester.texts()).toEqual(['6', '7', '8', '9']);
  });

  test('bytes count as well', async () => {
    await fixture().topic('a', { maxBytes: 6 });
    await fixture().append('a', '11', '22', '33');
    const tester = await join();
    await tester.fetch();
    await tester.member.ack([1, 2]);
    expect(await fixture().store.append('a', batchOf(['444']))).toMatchObject({ stored: 1 });
    expect(await held()).toEqual(['33', '444']);
  });

  test('drop-oldest drops what every group has acked before what is older and is not', async () => {
    await fixture().topic('a', { maxMessages: 3, overflow: 'drop-oldest' });
    await fixture().append('a', '1', '2', '3');
    const tester = await join();
    await tester.fetch();
    await tester.member.ack([2]);
    await fixture().append('a', '4');
    expect(await held()).toEqual(['1', '3', '4']);
    await fixture().append('a', '5');
    expect(await held()).toEqual(['3', '4', '5']);
    expect(tester.info()).toMatchObject({ lost: 1, inFlight: 2, backlog: 2, ackFloor: 3 });
    await tester.member.ack([1, 3]);
    expect(tester.info()).toMatchObject({ lost: 1, inFlight: 0, backlog: 2, ackFloor: 4 });
  });

  test('a repeat makes no room', async () => {
    await fixture().topic('a', { maxMessages: 2 });
    await fixture().store.append('a', batchOf(['1', '2'], ['p-1', 'p-2']));
    const tester = await join();
    await tester.fetch();
    await tester.member.ack([1, 2]);
    const again = await fixture().store.append('a', batchOf(['1', '2'], ['p-1', 'p-2']));
    expect(again).toMatchObject({ stored: 0, repeats: 2 });
    expect(await held()).toEqual(['1', '2']);
  });
}

function describeLosses(fixture: () => StoreFixture, join: Join): void {
  test('what was removed before the group got it is a hole, told to one member, and counted', async () => {
    await fixture().topic('a', { maxMessages: 3, overflow: 'drop-oldest' });
    const [one, other] = [await join(), await join()];
    await fixture().append('a', ...numbered(5));
    const { holes, deliveries } = await one.fetch(1);
    expect(holes).toEqual([{ from: 1, to: 2, reason: 'overflow' }]);
    expect(deliveries).toMatchObject([{ batch: { firstSequence: 3 } }]);
    expect((await other.fetch()).holes).toEqual([]);
    expect(one.info()).toMatchObject({ lost: 2, ackFloor: 3, inFlight: 3 });
  });

  test('so is what expires, once', async () => {
    await fixture().topic('a');
    const tester = await join();
    await fixture().store.append('a', messagesOf('1', ['2', { ttl: 100 }], ['3', { ttl: 100 }], '4'));
    fixture().time += 100;
    const { holes, deliveries } = await tester.fetch();
    expect(holes).toEqual([{ from: 2, to: 3, reason: 'expired' }]);
    expect(deliveries.map(({ batch }) => batch.firstSequence)).toEqual([1, 4]);
    fixture().clock.advance(100);
    await until(() => fixture().store.describe('a')!.messages === 2);
    expect(await tester.fetch()).toEqual({ holes: [], deliveries: [] });
    expect(tester.info()).toMatchObject({ lost: 2, backlog: 0, inFlight: 2 });
    await tester.member.ack([1, 4]);
    expect(tester.info()).toMatchObject({ ackFloor: 5 });
  });

  test('a purge is one, over all that was not acked', async () => {
    await fixture().topic('a');
    await fixture().append('a', '1', '2', '3', '4', '5');
    const tester = await join();
    await tester.fetch(3);
    await tester.member.ack([1, 3]);
    await tester.member.nack([2], 100);
    await fixture().store.purge('a');
    expect(tester.info()).toMatchObject({ lost: 3, ackFloor: 6, waiting: 0, inFlight: 0, backlog: 0 });
    await fixture().append('a', '6');
    await tester.pass(100);
    expect(await tester.fetch()).toMatchObject({
      holes: [{ from: 4, to: 5, reason: 'purged' }],
      deliveries: [{ batch: { firstSequence: 6 }, deliveryCount: 1 }],
    });
  });

  test('what is taken is none; what a compacted topic replaces is a hole and no loss', async () => {
    await fixture().topic('a', { compact: true });
    const tester = await join();
    await fixture().store.append('a', messagesOf('1', ['2', { key: 'k' }], '3', ['4', { key: 'k' }]));
    await fixture().store.take('a', 1);
    const { holes, deliveries } = await tester.fetch();
    expect(holes).toEqual([{ from: 2, to: 2, reason: 'compacted' }]);
    expect(deliveries.map(({ batch }) => batch.firstSequence)).toEqual([3]);
    expect(tester.info()).toMatchObject({ lost: 0, inFlight: 2 });
  });
}
