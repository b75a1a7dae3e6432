import { cleanUp, eventually, expectInOrder, GroupMembers, range } from '@pochta/testing';

const byNumber = (a: number, b: number): number => a - b;

describe('a consumer group', () => {
  afterEach(cleanUp);

  it('gives its member what the topic holds and what comes, with the delivery count', async () => {
    const members = await GroupMembers.start();
    await members.publish('t', ...range(1, 2));
    const { connection, outlet } = members.connect();
    const subscription = await connection.subscribe({ topic: 't', name: 's', group: { name: 'g' } });
    expect(subscription).toMatchObject({ name: 's', epoch: members.core.store.describe('t')!.epoch });
    expect([subscription.sequence, subscription.time]).toEqual([undefined, undefined]);
    await members.quiet();
    expect(outlet.pushed).toEqual([]);
    subscription.start();
    await outlet.received(2);
    await members.publish('t', 3);
    await outlet.received(3);
    expect(outlet.pushed).toEqual(
      [1, 2, 3].map((sequence) => ({
        topic: 't',
        group: 'g',
        sequence,
        deliveryCount: 1,
        text: `${sequence}`,
      })),
    );
    expect(connection.inFlight).toBe(3);
    await members.ack({ connection, outlet }, [1, 3]);
    expect(connection.inFlight).toBe(1);
  });

  it('shares messages with no other group, nor with plain subscriptions', async () => {
    const members = await GroupMembers.start();
    const one = await members.join({ name: 'one' });
    const two = await members.join({ name: 'two' }, {}, one);
    const plain = members.connect();
    (await plain.connection.subscribe({ topic: 't' })).start();
    (await two.connection.subscribe({ topic: 't' })).start();
    await members.publish('t', ...range(1, 10));
    await plain.outlet.received(10);
    await one.outlet.received(30);
    for (const group of ['one', 'two', undefined]) {
      const own = one.outlet.pushed.filter((one) => one.group === group);
      expectInOrder(
        own.map(({ sequence }) => sequence),
        1,
        10,
      );
    }
    await members.ack(one, range(1, 10), 't', 'one');
    expect(one.connection.inFlight).toBe(10);
  });

  it('shares what there is equally among members that have credit', async () => {
    const members = await GroupMembers.start();
    const ten = await Promise.all(Array.from({ length: 10 }, () => members.join()));
    await members.publish('t', ...range(1, 100));
    const all = (): number[] => ten.flatMap(({ outlet }) => outlet.sequences());
    await eventually(() => all().length === 100);
    expect(ten.map(({ outlet }) => outlet.pushed.length)).toEqual(Array<number>(10).fill(10));
    expectInOrder(all().sort(byNumber), 1, 100);
  });

  it.each([2, 3])('gives messages that come one by one to its %d members in turn', async (count) => {
    const members = await GroupMembers.start();
    const all = await Promise.all(Array.from({ length: count }, () => members.join()));
    for (let n = 1; n <= 12; n++) {
      await members.publish('t', n);
      await eventually(() => all.flatMap(({ outlet }) => outlet.sequences()).length === n);
    }
    expect(all.map(({ outlet }) => outlet.pushed.length)).toEqual(Array<number>(count).fill(12 / count));
  });

  it('never has more in flight to a member than its prefetch, and gives on with every ack', async () => {
    const members = await GroupMembers.start();
    const member = await members.join({ prefetch: 7 });
    let most = 0;
    member.outlet.onPush = () => {
      most = Math.max(most, member.outlet.pushed.length - acked);
    };
    let acked = 0;
    await members.publish('t', ...range(1, 500));
    while (acked < 500) {
      await eventually(() => member.outlet.pushed.length === Math.min(500, acked + 7));
      await members.quiet();
      expect(member.outlet.pushed.length).toBe(Math.min(500, acked + 7));
      const batch = member.outlet.sequences().slice(acked, acked + 3);
      acked += batch.length;
      await members.ack(member, batch);
    }
    expect(most).toBe(7);
    expectInOrder(member.outlet.sequences(), 1, 500);
  }, 20_000);

  it('has a prefetch of 100 unless it is told otherwise', async () => {
    const members = await GroupMembers.start();
    const member = await members.join();
    await members.publish('t', ...range(1, 300));
    await member.outlet.received(100);
    await members.quiet();
    expect(member.outlet.pushed.length).toBe(100);
  });

  it('goes on in pages smaller than the prefetch', async () => {
    const members = await GroupMembers.start({ limits: { pageMessages: 10 } });
    const member = await members.join({ prefetch: 95 });
    await members.publish('t', ...range(1, 300));
    await member.outlet.received(95);
    await members.quiet();
    expectInOrder(member.outlet.sequences(), 1, 95);
  });

  it('passes a member over that does not read, and goes on with it once it does', async () => {
    const members = await GroupMembers.start();
    const [slow, fast] = [await members.join({ prefetch: 10 }), await members.join({ prefetch: 1000 })];
    slow.outlet.writable = false;
    await members.publish('t', ...range(1, 50));
    await fast.outlet.received(50);
    expect(slow.outlet.pushed).toEqual([]);
    fast.outlet.writable = false;
    await members.publish('t', ...range(51, 60));
    slow.outlet.writable = true;
    slow.connection.resume();
    await slow.outlet.received(10);
    expectInOrder(slow.outlet.sequences(), 51, 60);
  });

  it('takes back what a member cannot be sent when its outlet fills while it is served', async () => {
    const members = await GroupMembers.start({ limits: { pageMessages: 10 } });
    for (let n = 1; n <= 100; n++) await members.publish('t', n);
    const member = members.connect();
    member.outlet.onPush = () => {
      member.outlet.writable = false;
      setImmediate(() => {
        member.outlet.writable = true;
        member.connection.resume();
      });
    };
    await members.join({ prefetch: 1000 }, {}, member);
    await member.outlet.received(100);
    expectInOrder(member.outlet.sequences(), 1, 100);
    expect(new Set(member.outlet.pushed.map(({ deliveryCount }) => deliveryCount))).toEqual(new Set([1]));
  });

  it('hands on at once, and uncounted, what a member had that leaves', async () => {
    const members = await GroupMembers.start();
    await members.publish('t', ...range(1, 10));
    const first = await members.join();
    await first.outlet.received(10);
    const second = await members.join();
    await members.ack(first, [4]);
    first.connection.close();
    await second.outlet.received(9);
    expect(second.outlet.sequences()).toEqual([1, 2, 3, 5, 6, 7, 8, 9, 10]);
    second.connection.unsubscribe({ topic: 't', group: 'g' });
    const third = await members.join();
    await third.outlet.received(9);
    expect(third.outlet.pushed.every(({ deliveryCount }) => deliveryCount === 1)).toBe(true);
    expect(second.connection.inFlight).toBe(0);
  });

  it('tells of what was removed before it was delivered', async () => {
    const members = await GroupMembers.start({ policy: { maxMessages: 5, overflow: 'drop-oldest' } });
    const member = await members.join({ prefetch: 1 });
    for (let n = 1; n <= 20; n++) await members.publish('t', n);
    await members.ack(member, [1]);
    await member.outlet.received(2);
    expect(member.outlet.gaps).toEqual([
      expect.objectContaining({ topic: 't', from: 2, to: 15, reason: 'overflow' }),
    ]);
    expect(member.outlet.sequences()).toEqual([1, 16]);
  });
});
