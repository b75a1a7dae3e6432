import type { GroupOptions } from '../src/consumer-group';
import { GroupTester } from './group-tester';
import { numbered, tailsTold, type StoreFixture } from './store-fixture';

export function describeGroups(fixture: () => StoreFixture): void {
  describe('a consumer group', () => {
    const join = (topic = 'a', group = 'g', options: GroupOptions = {}) =>
      GroupTester.join(fixture(), topic, group, options);

    test('hands each message to one of its members, in order', async () => {
      await fixture().topic('a');
      await fixture().append('a', ...numbered(6));
      const one = await join();
      const other = await join();
      expect(await one.texts(2)).toEqual(['0', '1']);
      expect(await other.texts(3)).toEqual(['2', '3', '4']);
      expect(await one.texts(10)).toEqual(['5']);
      expect(await other.texts(10)).toEqual([]);
      expect([one.member.inFlight, other.member.inFlight]).toEqual([3, 3]);
    });

    test('gets all messages beside other groups', async () => {
      await fixture().topic('a');
      await fixture().append('a', '1', '2');
      for (const group of ['g', 'h']) expect(await (await join('a', group)).texts(10)).toEqual(['1', '2']);
    });

    test('goes on behind what is acked, in whatever order that was', async () => {
      await fixture().topic('a');
      await fixture().append('a', ...numbered(6));
      const tester = await join();
      const { member } = tester;
      await member.fetch(6, 1e6);
      await member.ack([2, 3]);
      expect(tester.info()).toMatchObject({ ackFloor: 1, inFlight: 4, backlog: 0 });
      await member.ack([5, 1]);
      expect(tester.info()).toMatchObject({ ackFloor: 4, inFlight: 2, backlog: 0 });
      member.leave();
      expect(tester.info()).toMatchObject({ ackFloor: 4, inFlight: 0, backlog: 2, members: 0 });
      expect(await (await join()).texts(10)).toEqual(['3', '5']);
    });

    test('tells its members when there is something to fetch, once it is visible', async () => {
      await fixture().topic('a');
      const tester = await join();
      await tester.texts(1);
      await fixture().append('a', '1');
      await tailsTold();
      expect(tester.heard).toEqual(['ready']);
      expect(await tester.texts(10)).toEqual(['1']);
    });

    test('refuses to settle what is not in flight to the member, and then settles nothing', async () => {
      await fixture().topic('a');
      await fixture().append('a', '1', '2', '3');
      const [one, other] = [await join(), await join()];
      await one.texts(1);
      await other.texts(1);
      await expect(one.member.ack([1, 2, 3])).rejects.toMatchObject({
        code: 'NOT_IN_FLIGHT',
        sequences: [2, 3],
      });
      expect(one.info()).toMatchObject({ ackFloor: 1, inFlight: 2 });
      await one.member.ack([1]);
      await expect(one.member.ack([1])).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT', sequences: [1] });
    });
  });
}
