import type { GroupMember } from '../src/consumer-group';
import type { StoreFixture } from './store-fixture';

/** A member of group `g`, to which all that its topic holds is in flight. */
async function consumer(fixture: StoreFixture, topic: string): Promise<GroupMember> {
  const group = await fixture.store.openGroup(topic, 'g', {});
  const member = group.join({ onReady: () => undefined, onClosed: () => undefined });
  await member.fetch(1000, 1 << 20);
  return member;
}

/** For stores that have consumer groups. */
export function describeDeadLetterGroups(fixture: () => StoreFixture): void {
  const info = (topic: string) => fixture().store.groups(topic)[0];

  describe('dead letters of topics with groups', () => {
    beforeEach(async () => {
      await fixture().topic('a', { maxMessages: 4, overflow: 'dead-letter' });
      await fixture().append('a', '1', '2', '3', '4');
    });

    test('what every group has acked makes room first, and is no dead letter', async () => {
      const member = await consumer(fixture(), 'a');
      await member.ack([1, 3]);
      await fixture().append('a', '5');
      await fixture().append('a', '6');
      expect(await fixture().held('a')).toEqual(['2', '4', '5', '6']);
      expect(fixture().store.describe('a.dead')).toBeUndefined();
      await fixture().append('a', '7');
      expect(await fixture().held('a')).toEqual(['4', '5', '6', '7']);
      expect(await fixture().held('a.dead')).toEqual(['2']);
    });

    test('what is pushed out is lost to the group, and an ack of it succeeds', async () => {
      const member = await consumer(fixture(), 'a');
      await fixture().append('a', '5', '6');
      expect(info('a')).toMatchObject({ lost: 2, deadLetters: 0 });
      await member.ack([1, 2, 3]);
      expect(info('a')).toMatchObject({ ackFloor: 4, inFlight: 1 });
      expect(await fixture().held('a.dead')).toEqual(['1', '2']);
    });

    test('what a redrive moves is acked for the groups of the dead-letter topic, in flight or not', async () => {
      await fixture().append('a', '5', '6');
      const group = await fixture().store.openGroup('a.dead', 'g', {});
      const member = group.join({ onReady: () => undefined, onClosed: () => undefined });
      await member.fetch(1, 1000);
      await fixture().store.updateTopic('a', fixture().policy());
      expect(await fixture().store.redrive('a.dead', {})).toEqual({ moved: 2, stayed: 0 });
      expect(info('a.dead')).toMatchObject({ ackFloor: 3, lost: 0, backlog: 0 });
      await member.ack([1]);
      expect(member.inFlight).toBe(0);
      expect((await member.fetch(10, 1000)).deliveries).toEqual([]);
    });

    test('what comes back is delivered again, for the first time', async () => {
      const member = await consumer(fixture(), 'a');
      await member.terminate([2], 'bad');
      await member.ack([1, 3, 4]);
      expect(await fixture().store.redrive('a.dead', { group: 'g', reason: 'terminated' })).toMatchObject({
        moved: 1,
      });
      const { deliveries } = await member.fetch(10, 1000);
      expect(deliveries).toMatchObject([{ deliveryCount: 1, batch: { firstSequence: 5 } }]);
    });
  });
}
