import type { GroupMember } from '../src/consumer-group';
import type { AckOperation, AppendOperation } from '../src/transaction';
import type { Survival } from './restart-suite';
import { batchOf, type StoreFixture } from './store-fixture';

/** A part of a transaction that publishes these texts. */
const append = (topic: string, ...texts: string[]): AppendOperation => ({
  kind: 'append',
  topic,
  messages: batchOf(texts),
});

/** A part that acks. */
const ack = (member: GroupMember, ...sequences: number[]): AckOperation => ({
  kind: 'ack',
  member,
  sequences,
});

/** A member of group `g`, to which all that its topic holds is in flight. */
async function consumer(fixture: StoreFixture, topic: string, group = 'g'): Promise<GroupMember> {
  const opened = await fixture.store.openGroup(topic, group, {});
  const member = opened.join({ onReady: () => undefined, onClosed: () => undefined });
  await member.fetch(1000, 1 << 20);
  return member;
}

/** For stores that have transactions and groups. */
export function describeTransactionAcks(fixture: () => StoreFixture, survives: Survival): void {
  const floor = (topic: string, group = 'g') =>
    fixture()
      .store.groups(topic)
      .find(({ name }) => name === group)!.ackFloor;

  describe('transactions with acks', () => {
    beforeEach(async () => {
      for (const topic of ['in', 'out']) await fixture().topic(topic, { maxMessages: 3 });
      await fixture().append('in', '1', '2', '3');
    });

    test('ack and publish at once', async () => {
      const member = await consumer(fixture(), 'in');
      await fixture().store.transact([ack(member, 1), append('out', 'x'), ack(member, 2)]);
      expect([floor('in'), member.inFlight]).toEqual([3, 1]);
      expect(await fixture().held('out')).toEqual(['x']);
    });

    test('nothing of one is visible before it is confirmed', async () => {
      const member = await consumer(fixture(), 'in');
      const confirmed = fixture().store.transact([ack(member, 1), append('out', 'x')]);
      expect([floor('in'), fixture().store.describe('out')!.messages]).toEqual([1, 0]);
      await confirmed;
      expect([floor('in'), fixture().store.describe('out')!.messages]).toEqual([2, 1]);
    });

    test('ack in several groups of several topics', async () => {
      await fixture().append('out', 'x');
      const members = [
        await consumer(fixture(), 'in'),
        await consumer(fixture(), 'in', 'h'),
        await consumer(fixture(), 'out'),
      ];
      await fixture().store.transact(members.map((member) => ack(member, 1)));
      expect([floor('in'), floor('in', 'h'), floor('out')]).toEqual([2, 2, 2]);
    });

    describeAckRefusals(fixture, floor);
    describeRemovedMeanwhile(fixture, floor);

    if (survives === 'all') {
      test('are there after a restart: what was acked does not come again', async () => {
        const member = await consumer(fixture(), 'in');
        await fixture().store.transact([ack(member, 1, 3), append('out', 'x')]);
        await fixture().restart();
        expect(await fixture().held('out')).toEqual(['x']);
        const again = await consumer(fixture(), 'in');
        expect(again.inFlight).toBe(1);
        await again.ack([2]);
        expect(floor('in')).toBe(4);
      });
    }
  });
}

function describeAckRefusals(fixture: () => StoreFixture, floor: (topic: string) => number): void {
  const notInFlight = (index: number, sequences: number[]) =>
    expect.objectContaining({
      code: 'NOT_IN_FLIGHT',
      message: expect.stringContaining(`operation ${index}`) as unknown,
      sequences,
    }) as Error;

  test('what is not in flight to the member refuses all of it, and the rest stays in flight', async () => {
    const member = await consumer(fixture(), 'in');
    const other = await consumer(fixture(), 'in');
    const parts = [ack(member, 1), append('out', 'x'), ack(member, 2, 9)];
    await expect(fixture().store.transact(parts)).rejects.toEqual(notInFlight(2, [9]));
    await expect(fixture().store.transact([append('out', 'x'), ack(other, 1)])).rejects.toEqual(
      notInFlight(1, [1]),
    );
    expect(await fixture().held('out')).toEqual([]);
    expect([floor('in'), member.inFlight, other.inFlight]).toEqual([1, 3, 0]);
    await member.ack([1, 2, 3]);
    expect(floor('in')).toBe(4);
  });

  test('a publish that is refused leaves what was to be acked in flight', async () => {
    const member = await consumer(fixture(), 'in');
    const parts = [ack(member, 1, 2), append('out', '1', '2', '3', '4')];
    await expect(fixture().store.transact(parts)).rejects.toMatchObject({ code: 'TOPIC_FULL' });
    await expect(fixture().store.transact([ack(member, 1), append('gone', 'x')])).rejects.toMatchObject({
      code: 'TOPIC_UNKNOWN',
    });
    expect([floor('in'), member.inFlight]).toEqual([1, 3]);
    await fixture().store.transact([ack(member, 1, 2), append('out', '1', '2', '3')]);
    expect([floor('in'), member.inFlight]).toEqual([3, 1]);
  });

  test('a sequence that two parts ack is not in flight for the second; one that a part names twice is acked', async () => {
    const member = await consumer(fixture(), 'in');
    const twice = [ack(member, 1, 2), append('out', 'x'), ack(member, 2, 3)];
    await expect(fixture().store.transact(twice)).rejects.toEqual(notInFlight(2, [2]));
    expect([floor('in'), member.inFlight]).toEqual([1, 3]);
    await fixture().store.transact([ack(member, 2, 1, 2)]);
    expect([floor('in'), member.inFlight]).toEqual([3, 1]);
  });

  test('what a transaction acks cannot be settled beside it', async () => {
    const member = await consumer(fixture(), 'in');
    const results = await Promise.allSettled([
      fixture().store.transact([ack(member, 1), append('out', 'x')]),
      member.nack([1]),
      fixture().store.transact([ack(member, 2), ack(member, 1)]),
      member.ack([2]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(floor('in')).toBe(3);
  });

  test('what makes no room: acks of the same transaction; what does: those of an earlier one', async () => {
    const member = await consumer(fixture(), 'in');
    const parts = [ack(member, 1), append('in', 'x')];
    await expect(fixture().store.transact(parts)).rejects.toMatchObject({ code: 'TOPIC_FULL' });
    await member.ack([1]);
    await fixture().store.transact([ack(member, 2), append('in', 'x')]);
    expect(await fixture().held('in')).toEqual(['2', '3', 'x']);
  });
}

function describeRemovedMeanwhile(fixture: () => StoreFixture, floor: (topic: string) => number): void {
  test('a message that was removed is acked as if it were there', async () => {
    const member = await consumer(fixture(), 'in');
    await fixture().store.take('in', 1);
    await fixture().store.transact([ack(member, 1, 2), append('out', 'x')]);
    expect([floor('in'), member.inFlight]).toEqual([3, 1]);
  });

  test('a message that the same transaction pushes out is acked all the same', async () => {
    await fixture().store.updateTopic('in', fixture().policy({ maxMessages: 3, overflow: 'drop-oldest' }));
    const member = await consumer(fixture(), 'in');
    await fixture().store.transact([append('in', '4', '5'), ack(member, 1, 2, 3)]);
    expect([floor('in'), member.inFlight]).toEqual([4, 0]);
    expect(await fixture().held('in')).toEqual(['3', '4', '5']);
  });

  test.each(['deleted', 'reset'])('in a group that is %s meanwhile, nothing is in flight', async (how) => {
    const member = await consumer(fixture(), 'in');
    const { store } = fixture();
    const results = await Promise.allSettled([
      how === 'deleted' ? store.deleteGroup('in', 'g') : store.resetGroup('in', 'g', 'earliest'),
      store.transact([append('out', 'x'), ack(member, 1)]),
    ]);
    expect(results[1]).toMatchObject({ status: 'rejected', reason: { code: 'NOT_IN_FLIGHT' } });
    expect(await fixture().held('out')).toEqual([]);
  });

  test('of a topic that is deleted meanwhile, nothing is in flight', async () => {
    const member = await consumer(fixture(), 'in');
    const results = await Promise.allSettled([
      fixture().store.deleteTopic('in'),
      fixture().store.transact([append('out', 'x'), ack(member, 1)]),
    ]);
    expect(results[1]).toMatchObject({ status: 'rejected', reason: { code: 'NOT_IN_FLIGHT' } });
    expect(await fixture().held('out')).toEqual([]);
  });
}
