import { GroupTester } from './group-tester';
import { numbered, tailsTold, type StoreFixture } from './store-fixture';

const CONFIG = { ackDeadline: 1000, maxDeliveries: 3, backoffMin: 100, backoffMax: 300 };

/** For stores whose topics outlive them. */
export function describeRedeliveryAfterRestart(fixture: () => StoreFixture): void {
  const join = () => GroupTester.join(fixture(), 'a', 'g', { config: CONFIG });

  describe('redelivery after a restart', () => {
    beforeEach(async () => {
      await fixture().topic('a');
      await fixture().append('a', '1', '2', '3');
    });

    test('what was in flight comes again uncounted, what failed keeps its count and its wait', async () => {
      const before = await join();
      await fixture().append('a', '4');
      await before.fetch();
      await before.member.nack([1], 250);
      await before.member.nack([2], 0);
      await before.member.ack([3]);
      await fixture().restart();
      const tester = await join();
      expect(tester.info()).toMatchObject({ ackFloor: 1, waiting: 2, backlog: 1, inFlight: 0 });
      expect(await tester.counts()).toEqual([
        [2, 2],
        [4, 1],
      ]);
      await tester.pass(249);
      expect(await tester.counts()).toEqual([]);
      await tester.pass(1);
      expect(await tester.counts()).toEqual([[1, 2]]);
      await tester.member.ack([4, 2, 1]);
      expect(tester.info()).toMatchObject({ ackFloor: 5, backlog: 0, inFlight: 0, waiting: 0 });
    });

    test('a group that nobody has joined yet says what it has acked, what waits, and what is left', async () => {
      await fixture().store.updateTopic('a', fixture().policy({ maxMessages: 10_000 }));
      await fixture().append('a', ...numbered(3000));
      const before = await join();
      for (let fetched = 0; fetched < 2000; await before.settled()) fetched += (await before.counts()).length;
      await before.member.nack([1, 2, 1500], 100);
      await before.member.ack([3, 4, 1600]);
      await fixture().restart();
      expect(fixture().store.groups('a')).toMatchObject([
        { ackFloor: 1, waiting: 3, backlog: 2997, members: 0 },
      ]);
      await fixture().store.purge('a');
      await fixture().append('a', 'x', 'y');
      await fixture().restart();
      expect(fixture().store.groups('a')).toMatchObject([
        { ackFloor: 3004, waiting: 0, backlog: 2, lost: 3000 },
      ]);
      const tester = await join();
      await tester.fetch();
      await tester.member.nack([3004], 100);
      await fixture().restart();
      expect(fixture().store.groups('a')).toMatchObject([{ waiting: 1, backlog: 1, members: 0 }]);
      const last = await join();
      expect(await last.counts()).toEqual([[3005, 1]]);
      await last.pass(100);
      expect(await last.counts()).toEqual([[3004, 2]]);
    });

    test('a message that nobody can handle becomes a dead letter although every delivery ends in a restart', async () => {
      for (let delivery = 1; delivery <= 3; delivery++) {
        const tester = await join();
        expect(await tester.counts(1)).toEqual([[1, delivery]]);
        await tester.member.nack([1], 0);
        await tailsTold();
        await fixture().restart();
      }
      expect(await fixture().held('a.dead')).toEqual(['1']);
      const tester = await join();
      expect(tester.info()).toMatchObject({ ackFloor: 2, deadLetters: 1 });
      expect(await tester.texts()).toEqual(['2', '3']);
    });

    test('a clock that was set back or forth meanwhile makes no wait longer than it was to be', async () => {
      for (const shift of [-3_600_000, 3_600_000]) {
        const before = await join();
        await before.fetch(1);
        await before.member.nack([1], 200);
        fixture().time += shift;
        await fixture().restart();
        const tester = await join();
        await tester.pass(200);
        const [[sequence]] = await tester.counts(1);
        expect(sequence).toBe(1);
        tester.member.leave();
      }
    });

    test('many acks out of order are as they were', async () => {
      await fixture().topic('b', { maxMessages: 100_000 });
      await fixture().append('b', ...numbered(5000));
      const before = await GroupTester.join(fixture(), 'b', 'g');
      await before.fetch(5000);
      const isAcked = (sequence: number) => sequence % 3 === 0 || (sequence > 1500 && sequence < 3700);
      const sequences = numbered(5000).map((_, index) => index + 1);
      await before.member.ack(sequences.filter(isAcked));
      await fixture().restart();
      const tester = await GroupTester.join(fixture(), 'b', 'g');
      const left = sequences.filter((sequence) => !isAcked(sequence));
      expect(tester.info()).toMatchObject({ ackFloor: 1, backlog: left.length });
      expect((await tester.counts(5000)).map(([sequence]) => sequence)).toEqual(left);
      await tester.member.ack(left);
      expect(tester.info()).toMatchObject({ ackFloor: 5001, backlog: 0 });
    });
  });
}
