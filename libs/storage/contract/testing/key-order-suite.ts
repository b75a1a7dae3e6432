import { GroupTester } from './group-tester';
import { messagesOf, type TestMessage } from './messages';
import type { Survival } from './restart-suite';
import { numbered, type StoreFixture } from './store-fixture';

/** Of so many deliveries in a row that pass over older messages of a lower priority, the last is the oldest. */
const TURN = 16;
const CONFIG = { ackDeadline: 1000, maxDeliveries: 2, backoffMin: 100, backoffMax: 300 };

/** `k=text`: a message with key `k`; `3:text` or `3:k=text`: of priority 3. */
function message(text: string): TestMessage {
  const [, priority, key] = /^(?:(\d):)?(?:(\w)=)?/.exec(text)!;
  return [
    text,
    { ...(key !== undefined && { key }), ...(priority !== undefined && { priority: Number(priority) }) },
  ];
}

export function describeGroupOrder(fixture: () => StoreFixture, survives: Survival): void {
  const append = (...texts: string[]) => fixture().store.append('a', messagesOf(...texts.map(message)));
  const join = () => GroupTester.join(fixture(), 'a', 'g', { config: CONFIG });

  describe('order in a group', () => {
    beforeEach(() => fixture().topic('a', { maxMessages: 100_000 }));

    describeKeys(fixture, append, join);
    describeKeysGivenUp(fixture, append, join);
    describePriorities(append, join);
    describeKeysWithPriorities(append, join);
    if (survives === 'all') {
      test('a key whose message failed is held back after a restart as well', async () => {
        await append('k=1', 'j=2', 'k=3');
        const before = await join();
        await before.texts();
        await before.member.nack([1], 200);
        await fixture().restart();
        const tester = await join();
        expect(await tester.texts()).toEqual(['j=2']);
        await tester.pass(200);
        expect(await tester.texts()).toEqual(['k=1']);
        await tester.member.ack([1]);
        expect(await tester.texts()).toEqual(['k=3']);
      });
    }
  });
}

type Append = (...texts: string[]) => Promise<unknown>;
type Join = () => Promise<GroupTester>;

function describeKeys(fixture: () => StoreFixture, append: Append, join: Join): void {
  test('one message of a key is in flight at a time, others go on', async () => {
    await append('k=1', 'k=2', '3', 'j=4', 'k=5');
    const [one, other] = [await join(), await join()];
    expect(await one.texts()).toEqual(['k=1', '3', 'j=4']);
    expect(await other.texts()).toEqual([]);
    expect(one.info()).toMatchObject({ inFlight: 3, waiting: 2, backlog: 0 });
    other.heard.length = 0;
    await one.member.ack([1]);
    await one.settled();
    expect(other.heard).toEqual(['ready']);
    expect(await other.texts()).toEqual(['k=2']);
    expect(await one.texts()).toEqual([]);
    await other.member.ack([2]);
    expect(await one.texts()).toEqual(['k=5']);
  });

  test('a nacked message holds its key back until it is acked', async () => {
    await append('k=1', 'k=2', 'j=3');
    const tester = await join();
    expect(await tester.texts()).toEqual(['k=1', 'j=3']);
    await tester.member.nack([1], 100);
    await append('k=4', 'j=5');
    expect(await tester.texts()).toEqual([]);
    await tester.pass(100);
    expect(await tester.counts()).toEqual([[1, 2]]);
    await tester.member.ack([1]);
    expect(await tester.texts()).toEqual(['k=2']);
    await tester.member.ack([2, 3]);
    expect(await tester.texts()).toEqual(['k=4', 'j=5']);
  });

  test('a member that leaves hands its keys on, in order', async () => {
    await append('k=1', 'k=2', 'j=3', 'k=4');
    const [one, other] = [await join(), await join()];
    await one.texts();
    one.member.leave();
    expect(await other.texts()).toEqual(['k=1', 'j=3']);
    await other.member.ack([1]);
    expect(await other.texts()).toEqual(['k=2']);
  });

  test('what is removed while it holds a key back lets it go on', async () => {
    await append('k=1', 'k=2', 'k=3');
    const tester = await join();
    await tester.texts();
    await tester.member.nack([1], 100);
    await fixture().store.take('a', 2);
    await tester.settled();
    expect(await tester.texts()).toEqual(['k=3']);
  });
}

function describeKeysGivenUp(fixture: () => StoreFixture, append: Append, join: Join): void {
  test('a message that becomes a dead letter lets its key go on', async () => {
    await append('k=1', 'k=2', 'k=3');
    const tester = await join();
    await tester.texts();
    await tester.member.nack([1], 0);
    await tester.pass(0);
    expect(await tester.counts()).toEqual([[1, 2]]);
    await tester.member.nack([1], 0);
    expect(await tester.texts()).toEqual(['k=2']);
    await tester.member.terminate([2]);
    expect(await tester.texts()).toEqual(['k=3']);
    expect(await fixture().held('a.dead')).toEqual(['k=1', 'k=2']);
  });
}

function describePriorities(append: Append, join: Join): void {
  test('the highest priority goes first, then the oldest', async () => {
    await append('1', '5:2', '9:3', '4', '9:5');
    await append('5:6', '9:7');
    const tester = await join();
    expect(await tester.texts(2)).toEqual(['9:3', '9:5']);
    await append('9:8', '1:9');
    expect(await tester.texts(3)).toEqual(['9:7', '9:8', '5:2']);
    expect(await tester.texts()).toEqual(['5:6', '1:9', '1', '4']);
    expect(await tester.texts()).toEqual([]);
    await tester.member.ack([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(tester.info()).toMatchObject({ ackFloor: 10, inFlight: 0, backlog: 0 });
  });

  test('what is acked ahead of its turn does not come again, also when it was all there is', async () => {
    await append('1', '9:2', '9:3', '4');
    const tester = await join();
    expect(await tester.texts(2)).toEqual(['9:2', '9:3']);
    await tester.member.ack([2, 3]);
    expect(tester.info()).toMatchObject({ ackFloor: 1, backlog: 2 });
    expect(await tester.texts()).toEqual(['1', '4']);
    await tester.member.ack([1, 4]);
    expect(tester.info()).toMatchObject({ ackFloor: 5 });
  });

  test('what failed or was handed back keeps its priority', async () => {
    await append('1', '2:2', '3:3');
    const [one, other] = [await join(), await join()];
    expect(await one.texts()).toEqual(['3:3', '2:2', '1']);
    one.member.leave();
    await append('2:4');
    expect(await other.texts()).toEqual(['3:3', '2:2', '2:4', '1']);
    await other.member.nack([1, 2], 0);
    await other.pass(0);
    expect(await other.counts()).toEqual([
      [2, 2],
      [1, 2],
    ]);
  });

  test(`of ${TURN} deliveries that pass over older ones, the last is the oldest`, async () => {
    await append('a', ...numbered(40).map((text) => `5:${text}`), 'b');
    const tester = await join();
    const got = [...(await tester.texts(10)), ...(await tester.texts(100))];
    expect(got).toHaveLength(42);
    expect(got.indexOf('a')).toBe(TURN - 1);
    expect(got.at(-1)).toBe('b');
    expect(got.filter((text) => text.startsWith('5:'))).toEqual(numbered(40).map((text) => `5:${text}`));
  });
}

function describeKeysWithPriorities(append: Append, join: Join): void {
  test('a message does not overtake an earlier one of its key, whatever its priority', async () => {
    await append('1', 'k=2', '3', '9:k=4', '9:j=5', '8:6', '9:k=7');
    const tester = await join();
    expect(await tester.texts()).toEqual(['9:j=5', '8:6', '1', 'k=2', '3']);
    await append('9');
    await tester.member.ack([2]);
    expect(await tester.texts()).toEqual(['9:k=4', '9']);
    await tester.member.ack([4]);
    expect(await tester.texts()).toEqual(['9:k=7']);
  });

  test('keys and priorities together lose and repeat nothing', async () => {
    const texts = numbered(500).map((text, index) => {
      const key = index % 3 === 0 ? `${'abcdefg'[index % 7]}=` : '';
      return index % 5 === 0 ? `${index % 10}:${key}${text}` : key + text;
    });
    for (let from = 0; from < texts.length; from += 50) await append(...texts.slice(from, from + 50));
    const tester = await join();
    const got: number[] = [];
    for (let page = await tester.counts(7); page.length > 0; page = await tester.counts(7)) {
      const sequences = page.map(([sequence]) => sequence);
      got.push(...sequences);
      await tester.member.ack(sequences);
    }
    expect([...got].sort((one, other) => one - other)).toEqual(texts.map((_, index) => index + 1));
    for (const key of 'abcdefg') {
      const ofKey = got.filter((sequence) => texts[sequence - 1].includes(`${key}=`));
      expect(ofKey).toEqual([...ofKey].sort((one, other) => one - other));
    }
    expect(tester.info()).toMatchObject({ ackFloor: 501, waiting: 0, inFlight: 0, backlog: 0 });
  });
}
