import { DEAD_LETTER_HEADERS } from '../src/dead-letter';
import type { GroupConfig } from '../src/consumer-group';
import { GroupTester } from './group-tester';
import { batchesIn, type StoreFixture } from './store-fixture';

const CONFIG = { ackDeadline: 1000, maxDeliveries: 3, backoffMin: 100, backoffMax: 300 };

/** The headers of all dead letters of topic `a`. */
async function deadLetters(fixture: StoreFixture) {
  const reader = await fixture.store.openReader('a.dead', 'earliest');
  const batches = batchesIn(await reader.fetch(1000, 1 << 20));
  return batches.flatMap(({ messages }) => messages.attributes!.map((one) => one!.headers!));
}

export function describeRedelivery(fixture: () => StoreFixture): void {
  const join = (config: Partial<GroupConfig> = {}) =>
    GroupTester.join(fixture(), 'a', 'g', { config: { ...CONFIG, ...config } });

  describe('redelivery', () => {
    beforeEach(async () => {
      await fixture().topic('a');
      await fixture().append('a', '1', '2', '3');
    });

    describeNacks(fixture, join);
    describeDeadlines(fixture, join);
    describeHandingBack(fixture, join);
    describeGivingUp(fixture, join);
  });
}

type Join = (config?: Partial<GroupConfig>) => Promise<GroupTester>;

function describeNacks(fixture: () => StoreFixture, join: Join): void {
  test('a nacked message comes again after its delay, not before', async () => {
    const tester = await join();
    await tester.fetch();
    await tester.member.nack([2], 50);
    expect(tester.info()).toMatchObject({ inFlight: 2, waiting: 1, backlog: 0 });
    tester.heard.length = 0;
    await tester.pass(49);
    expect(await tester.counts()).toEqual([]);
    expect(tester.heard).toEqual([]);
    await tester.pass(1);
    expect(tester.heard).toEqual(['ready']);
    expect(await tester.counts()).toEqual([[2, 2]]);
  });

  test('a nack with no delay is due at once', async () => {
    const tester = await join();
    await tester.fetch();
    await tester.member.nack([1, 3], 0);
    await tester.pass(0);
    expect(await tester.counts()).toEqual([
      [1, 2],
      [3, 2],
    ]);
  });

  test('the backoff doubles up to its longest, give or take a fifth', async () => {
    const tester = await join({ maxDeliveries: 100 });
    await tester.fetch(1);
    for (const [delivery, backoff] of [100, 200, 300, 300].entries()) {
      await tester.member.nack([1]);
      await tester.pass(backoff * 0.8 - 1);
      expect(await tester.counts(0)).toEqual([]);
      expect(tester.info()).toMatchObject({ waiting: 1 });
      await tester.pass(backoff * 0.4 + 1);
      expect(await tester.counts(1)).toEqual([[1, delivery + 2]]);
    }
  });

  test('what failed goes before what nobody has seen', async () => {
    const tester = await join();
    await tester.fetch(1);
    await tester.member.nack([1], 10);
    await tester.pass(10);
    expect(await tester.counts()).toEqual([
      [1, 2],
      [2, 1],
      [3, 1],
    ]);
  });

  test('a clock that is set back or forth changes no wait', async () => {
    const tester = await join();
    await tester.fetch();
    fixture().time -= 3_600_000;
    await tester.member.nack([1], 100);
    fixture().time += 7_200_000;
    await tester.pass(99);
    expect(tester.info()).toMatchObject({ inFlight: 2, waiting: 1 });
    fixture().time -= 7_200_000;
    await tester.pass(1);
    expect(await tester.counts()).toEqual([[1, 2]]);
    await tester.pass(899);
    expect(tester.info()).toMatchObject({ inFlight: 3 });
    await tester.pass(1);
    expect(tester.info()).toMatchObject({ inFlight: 1, waiting: 2 });
  });
}

function describeDeadlines(fixture: () => StoreFixture, join: Join): void {
  test('what is not settled in time has failed, and comes again after the backoff', async () => {
    const [one, other] = [await join(), await join()];
    await one.fetch(2);
    await one.pass(999);
    expect(one.info()).toMatchObject({ inFlight: 2, waiting: 0 });
    await one.pass(1);
    expect(one.info()).toMatchObject({ inFlight: 0, waiting: 2 });
    expect(one.member.inFlight).toBe(0);
    await expect(one.member.ack([1])).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT', sequences: [1] });
    await one.pass(120);
    expect(await other.counts(2)).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  test('a touch begins the deadline anew, for what is touched', async () => {
    const tester = await join();
    await tester.fetch();
    await tester.pass(600);
    await tester.member.touch([2]);
    await tester.pass(400);
    expect(tester.info()).toMatchObject({ inFlight: 1, waiting: 2 });
    await expect(tester.member.touch([1])).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT', sequences: [1] });
    await tester.pass(599);
    expect(tester.info()).toMatchObject({ inFlight: 1 });
    await tester.pass(1);
    expect(tester.info()).toMatchObject({ inFlight: 0, waiting: 3 });
  });

  test('a message that was removed while it was in flight is acked, nacked and forgotten like others', async () => {
    const tester = await join();
    await tester.fetch();
    await fixture().store.purge('a');
    expect(tester.info()).toMatchObject({ inFlight: 3, backlog: 0, ackFloor: 4, lost: 3 });
    await tester.member.ack([1]);
    await tester.member.nack([2], 0);
    await tester.pass(1000);
    expect(await tester.counts()).toEqual([]);
    expect(tester.info()).toMatchObject({ inFlight: 0, waiting: 0, backlog: 0, lost: 3 });
  });

  test('what is taken counts as acked, and does not come again', async () => {
    const tester = await join();
    await tester.fetch(2);
    await fixture().store.take('a', 3);
    expect(tester.info()).toMatchObject({ ackFloor: 4, lost: 0, inFlight: 2, backlog: 0 });
    await tester.pass(2000);
    expect(await tester.fetch()).toEqual({ deliveries: [], holes: [] });
    expect(tester.info()).toMatchObject({ inFlight: 0, waiting: 0 });
  });
}

function describeHandingBack(fixture: () => StoreFixture, join: Join): void {
  test('a member that leaves hands back what it has, uncounted, and others are told', async () => {
    const [one, other] = [await join(), await join()];
    await one.fetch();
    expect(await other.counts()).toEqual([]);
    other.heard.length = 0;
    one.member.leave();
    expect(other.heard).toEqual(['ready']);
    await fixture().append('a', '4');
    expect(await other.counts()).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
    ]);
    await expect(one.member.ack([1])).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT' });
    expect(await one.counts()).toEqual([]);
  });

  test('what a member asked for before it left is still done', async () => {
    const [one, other] = [await join(), await join()];
    await one.fetch();
    const acked = one.member.ack([1]);
    one.member.leave();
    await acked;
    expect(await other.counts()).toEqual([
      [2, 1],
      [3, 1],
    ]);
    expect(other.info()).toMatchObject({ ackFloor: 2, inFlight: 2 });
  });

  test('what is released comes again at once, uncounted; what is not in flight is passed over', async () => {
    const [one, other] = [await join(), await join()];
    await one.fetch(2);
    await other.fetch(1);
    await other.fetch();
    other.heard.length = 0;
    one.member.release([2, 3, 9]);
    expect(other.heard).toEqual(['ready']);
    expect([one.member.inFlight, other.member.inFlight]).toEqual([1, 1]);
    expect(await other.counts()).toEqual([[2, 1]]);
  });

  test('a message that failed and was handed back keeps its count', async () => {
    const [one, other] = [await join(), await join()];
    await one.fetch(1);
    await one.member.nack([1], 0);
    await one.pass(0);
    expect(await one.counts(1)).toEqual([[1, 2]]);
    one.member.leave();
    expect(await other.counts(1)).toEqual([[1, 2]]);
  });
}

function describeGivingUp(fixture: () => StoreFixture, join: Join): void {
  test('a message that fails as often as it may becomes a dead letter, and is acked', async () => {
    const tester = await join();
    await tester.fetch(1);
    await tester.member.nack([1], 0);
    await tester.pass(0);
    await tester.fetch(1);
    await tester.member.nack([1], 0);
    await tester.pass(0);
    expect(await tester.counts(1)).toEqual([[1, 3]]);
    await tester.member.nack([1], 0);
    expect(tester.info()).toMatchObject({ ackFloor: 2, deadLetters: 1, waiting: 0, inFlight: 0 });
    expect(await fixture().held('a.dead')).toEqual(['1']);
    expect(await deadLetters(fixture())).toMatchObject([
      {
        [DEAD_LETTER_HEADERS.reason]: 'max-deliveries',
        [DEAD_LETTER_HEADERS.group]: 'g',
        [DEAD_LETTER_HEADERS.deliveries]: '3',
      },
    ]);
    expect(await tester.counts()).toEqual([
      [2, 1],
      [3, 1],
    ]);
  });

  test('a deadline that passes counts for that as a nack does', async () => {
    const tester = await join({ maxDeliveries: 1 });
    await tester.fetch(2);
    await tester.pass(1000);
    expect(tester.info()).toMatchObject({ ackFloor: 3, deadLetters: 2, inFlight: 0, waiting: 0 });
    expect(await fixture().held('a.dead')).toEqual(['1', '2']);
  });

  test('what is terminated becomes a dead letter at once, with the reason', async () => {
    const tester = await join();
    await tester.fetch();
    await tester.member.terminate([2], 'no such customer');
    expect(await deadLetters(fixture())).toMatchObject([
      {
        [DEAD_LETTER_HEADERS.reason]: 'terminated',
        [DEAD_LETTER_HEADERS.detail]: 'no such customer',
        [DEAD_LETTER_HEADERS.deliveries]: '1',
      },
    ]);
    await tester.member.ack([1, 3]);
    expect(tester.info()).toMatchObject({ ackFloor: 4, deadLetters: 1 });
  });

  test('a dead-letter topic has none of its own: what fails comes again, what is terminated is acked', async () => {
    const feeder = await join();
    await feeder.fetch();
    await feeder.member.terminate([1, 2]);
    const tester = await GroupTester.join(fixture(), 'a.dead', 'g', { config: CONFIG });
    await tester.fetch(1);
    for (let delivery = 2; delivery < 6; delivery++) {
      await tester.member.nack([1]);
      await tester.pass(delivery <= CONFIG.maxDeliveries ? 360 : 1200);
      expect(await tester.counts(1)).toEqual([[1, delivery]]);
    }
    // No longer backoff is configured, but it is not given up.
    await tester.member.nack([1]);
    await tester.pass(799);
    expect(await tester.counts(2)).toEqual([[2, 1]]);
    await tester.pass(401);
    expect(await tester.counts(1)).toEqual([[1, 6]]);
    await tester.member.terminate([1]);
    expect(tester.info()).toMatchObject({ ackFloor: 2, deadLetters: 0 });
    expect([...fixture().store.topics()].sort()).toEqual(['a', 'a.dead']);
  });
}
