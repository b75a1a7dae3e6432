import {
  batchOf,
  eventually,
  RecordingOutlet,
  expectInOrder,
  startCore,
  type TestCore,
  type TestCoreOptions,
} from '@pochta/testing';
import type { Connection } from '../../connection';
import type { GroupOptions } from '../subscription';

const withCode = (code: string, more: object = {}): unknown => expect.objectContaining({ code, ...more });
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const byNumber = (a: number, b: number): number => a - b;

interface Member {
  readonly connection: Connection;
  readonly outlet: RecordingOutlet;
}

describe('a consumer group', () => {
  let core: TestCore;
  const start = async (options?: TestCoreOptions): Promise<TestCore> => (core = await startCore(options));
  afterEach(() => core.stop());

  const connect = (): Member => {
    const outlet = new RecordingOutlet();
    return { connection: core.connect(outlet).connection, outlet };
  };
  const join = async (
    options: Partial<GroupOptions> = {},
    topic = 't',
    member = connect(),
  ): Promise<Member> => {
    (await member.connection.subscribe({ topic, group: { name: 'g', ...options } })).start();
    return member;
  };
  const publish = async (from: number, to = from, topic = 't'): Promise<void> => {
    await connect().connection.publish(topic, batchOf(...range(from, to)));
  };
  const ack = (member: Member, sequences: readonly number[], group = 'g', topic = 't'): Promise<void> =>
    member.connection.settle({ action: 'ack', topic, group, sequences });
  /** Waits until nothing is on its way any more: what is published to another group's member has come. */
  const settled = async (): Promise<void> => {
    const probe = await join({ name: 'probe' }, 'probe');
    await publish(1, 1, 'probe');
    await probe.outlet.received(1);
    probe.connection.close();
  };

  it('gives its member what the topic holds and what comes, with the delivery count', async () => {
    await start();
    await publish(1, 2);
    const { connection, outlet } = connect();
    const subscription = await connection.subscribe({ topic: 't', name: 's', group: { name: 'g' } });
    expect(subscription).toMatchObject({ name: 's', epoch: core.store.describe('t')!.epoch });
    expect([subscription.sequence, subscription.time]).toEqual([undefined, undefined]);
    await settled();
    expect(outlet.pushed).toEqual([]);
    subscription.start();
    await outlet.received(2);
    await publish(3);
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
    await ack({ connection, outlet }, [1, 3]);
    expect(connection.inFlight).toBe(1);
  });

  it('shares messages with no other group, nor with plain subscriptions', async () => {
    await start();
    const one = await join({ name: 'one' });
    const two = await join({ name: 'two' }, 't', one);
    const plain = connect();
    (await plain.connection.subscribe({ topic: 't' })).start();
    (await two.connection.subscribe({ topic: 't' })).start();
    await publish(1, 10);
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
    await ack(one, range(1, 10), 'one');
    expect(one.connection.inFlight).toBe(10);
  });

  it('shares what there is equally among members that have credit', async () => {
    await start();
    const members = await Promise.all(Array.from({ length: 10 }, () => join()));
    await publish(1, 100);
    const all = (): number[] => members.flatMap(({ outlet }) => outlet.sequences());
    await eventually(() => all().length === 100);
    expect(members.map(({ outlet }) => outlet.pushed.length)).toEqual(Array<number>(10).fill(10));
    expectInOrder(all().sort(byNumber), 1, 100);
  });

  it('gives messages that come one by one to its members in turn', async () => {
    await start();
    const members = await Promise.all([join(), join(), join()]);
    for (let n = 1; n <= 9; n++) {
      await publish(n);
      await eventually(() => members.flatMap(({ outlet }) => outlet.sequences()).length === n);
    }
    expect(members.map(({ outlet }) => outlet.pushed.length)).toEqual([3, 3, 3]);
  });

  it('never has more in flight to a member than its prefetch, and gives on with every ack', async () => {
    await start();
    const member = await join({ prefetch: 7 });
    let most = 0;
    member.outlet.onPush = () => {
      most = Math.max(most, member.outlet.pushed.length - acked);
    };
    let acked = 0;
    await publish(1, 500);
    while (acked < 500) {
      await eventually(() => member.outlet.pushed.length === Math.min(500, acked + 7));
      await settled();
      expect(member.outlet.pushed.length).toBe(Math.min(500, acked + 7));
      const batch = member.outlet.sequences().slice(acked, acked + 3);
      acked += batch.length;
      await ack(member, batch);
    }
    expect(most).toBe(7);
    expectInOrder(member.outlet.sequences(), 1, 500);
  }, 20_000);

  it('has a prefetch of 100 unless it is told otherwise', async () => {
    await start();
    const member = await join();
    await publish(1, 300);
    await member.outlet.received(100);
    await settled();
    expect(member.outlet.pushed.length).toBe(100);
  });

  it('goes on in pages smaller than the prefetch', async () => {
    await start({ limits: { pageMessages: 10 } });
    const member = await join({ prefetch: 95 });
    await publish(1, 300);
    await member.outlet.received(95);
    await settled();
    expectInOrder(member.outlet.sequences(), 1, 95);
  });

  it('passes a member over that does not read, and goes on with it once it does', async () => {
    await start();
    const [slow, fast] = [await join({ prefetch: 10 }), await join({ prefetch: 1000 })];
    slow.outlet.writable = false;
    await publish(1, 50);
    await fast.outlet.received(50);
    expect(slow.outlet.pushed).toEqual([]);
    fast.outlet.writable = false;
    await publish(51, 60);
    slow.outlet.writable = true;
    slow.connection.resume();
    await slow.outlet.received(10);
    expectInOrder(slow.outlet.sequences(), 51, 60);
  });

  it('takes back what a member cannot be sent when its outlet fills while it is served', async () => {
    await start({ limits: { pageMessages: 10 } });
    for (let n = 1; n <= 100; n++) await publish(n);
    const member = connect();
    member.outlet.onPush = () => {
      member.outlet.writable = false;
      setImmediate(() => {
        member.outlet.writable = true;
        member.connection.resume();
      });
    };
    await join({ prefetch: 1000 }, 't', member);
    await member.outlet.received(100);
    expectInOrder(member.outlet.sequences(), 1, 100);
    expect(new Set(member.outlet.pushed.map(({ deliveryCount }) => deliveryCount))).toEqual(new Set([1]));
  });

  it('hands on at once, and uncounted, what a member had that leaves', async () => {
    await start();
    await publish(1, 10);
    const first = await join();
    await first.outlet.received(10);
    const second = await join();
    await ack(first, [4]);
    first.connection.close();
    await second.outlet.received(9);
    expect(second.outlet.sequences()).toEqual([1, 2, 3, 5, 6, 7, 8, 9, 10]);
    second.connection.unsubscribe({ topic: 't', group: 'g' });
    const third = await join();
    await third.outlet.received(9);
    expect(third.outlet.pushed.every(({ deliveryCount }) => deliveryCount === 1)).toBe(true);
    expect(second.connection.inFlight).toBe(0);
  });

  it('settles only what is in flight to the member, and all of it or nothing', async () => {
    await start();
    const [one, other] = [await join(), await join()];
    await publish(1, 4);
    await eventually(() => one.connection.inFlight + other.connection.inFlight === 4);
    const [own, foreign] = [one.outlet.sequences(), other.outlet.sequences()];
    const refused = withCode('NOT_IN_FLIGHT', { sequences: [...foreign].sort(byNumber) });
    await expect(ack(one, [own[0], ...foreign])).rejects.toEqual(refused);
    expect(one.connection.inFlight).toBe(2);
    await ack(one, own);
    await expect(ack(one, own)).rejects.toEqual(withCode('NOT_IN_FLIGHT', { sequences: own }));
    await expect(ack(one, own, 'h')).rejects.toEqual(withCode('NOT_SUBSCRIBED'));
    await expect(ack(connect(), foreign)).rejects.toEqual(withCode('NOT_SUBSCRIBED'));
  });

  it('delivers again what was nacked, after the delay, and counts', async () => {
    await start();
    const member = await join();
    await publish(1);
    await member.outlet.received(1);
    await member.connection.settle({ action: 'nack', topic: 't', group: 'g', sequences: [1], delay: 1 });
    await member.outlet.delivered(1, 2);
    await member.connection.settle({ action: 'touch', topic: 't', group: 'g', sequences: [1] });
    expect(member.connection.inFlight).toBe(1);
    await ack(member, [1]);
  });

  it('delivers again after the ack deadline, and the member has its credit back', async () => {
    await start();
    const member = await join({ prefetch: 1, config: { ackDeadline: 20, backoffMin: 1, backoffMax: 1 } });
    await publish(1, 2);
    await member.outlet.delivered(2, 1);
    await member.outlet.delivered(1, 2);
  });

  it('gives a message up that is terminated, and subscriptions to dead letters get it', async () => {
    await start();
    const dead = connect();
    (await dead.connection.subscribe({ topic: '*.dead' })).start();
    const member = await join();
    await publish(1, 2);
    await member.outlet.received(2);
    await member.connection.settle({
      action: 'terminate',
      topic: 't',
      group: 'g',
      sequences: [1],
      reason: 'no such order',
    });
    await dead.outlet.received(1);
    expect(dead.outlet.pushed).toEqual([{ topic: 't.dead', sequence: 1, text: '1' }]);
    expect(member.connection.inFlight).toBe(1);
  });

  it('gives a message up that is nacked always, and fetches no more than there are deliveries', async () => {
    await start();
    const member = connect();
    const openGroup = core.store.openGroup.bind(core.store);
    let fetches = 0;
    core.store.openGroup = async (...of) => {
      const group = await openGroup(...of);
      const joinGroup = group.join.bind(group);
      group.join = (listener) => {
        const one = joinGroup(listener);
        const fetch = one.fetch.bind(one);
        one.fetch = (...limits) => {
          fetches++;
          return fetch(...limits);
        };
        return one;
      };
      return group;
    };
    member.outlet.onPush = ({ batch: { firstSequence } }) =>
      void member.connection.settle({
        action: 'nack',
        topic: 't',
        group: 'g',
        sequences: [firstSequence],
        delay: 0,
      });
    await join({ config: { maxDeliveries: 20 } }, 't', member);
    await publish(1);
    await eventually(() => core.store.describe('t.dead')?.messages === 1);
    expect(member.outlet.pushed.map(({ deliveryCount }) => deliveryCount)).toEqual(range(1, 20));
    // One for each delivery, and at most one more after each, which finds nothing.
    expect(fetches).toBeLessThanOrEqual(2 * 20 + 2);
  });

  it('tells of what was removed before it was delivered', async () => {
    await start({ policy: { maxMessages: 5, overflow: 'drop-oldest' } });
    const member = await join({ prefetch: 1 });
    for (let n = 1; n <= 20; n++) await publish(n);
    await ack(member, [1]);
    await member.outlet.received(2);
    expect(member.outlet.gaps).toEqual([
      expect.objectContaining({ topic: 't', from: 2, to: 15, reason: 'overflow' }),
    ]);
    expect(member.outlet.sequences()).toEqual([1, 16]);
  });

  describe('cannot be joined', () => {
    it('twice on one connection, also by filters that meet', async () => {
      await start();
      const member = await join();
      const again = (topic: string, name = 'g'): Promise<unknown> => join({ name }, topic, member);
      await expect(again('t')).rejects.toEqual(withCode('ALREADY_SUBSCRIBED'));
      await expect(again('*')).rejects.toEqual(withCode('ALREADY_SUBSCRIBED'));
      await again('a.*');
      await expect(again('*.b')).rejects.toEqual(withCode('ALREADY_SUBSCRIBED'));
      await expect(again('a.b')).rejects.toEqual(withCode('ALREADY_SUBSCRIBED'));
      await again('a.*.b');
      await again('*', 'other');
      member.connection.unsubscribe({ topic: 't', group: 'g' });
      await again('t');
      expect(() => member.connection.unsubscribe({ topic: 't' })).toThrow(
        expect.objectContaining({ code: 'NOT_SUBSCRIBED' }),
      );
    });

    it('with a configuration that contradicts it', async () => {
      await start();
      await join({ config: { maxDeliveries: 3 } });
      await join({ config: { maxDeliveries: 3 } });
      await join();
      await expect(join({ config: { maxDeliveries: 4 } })).rejects.toEqual(withCode('GROUP_MISMATCH'));
    });

    it('in an engine without groups', async () => {
      await start();
      const capabilities = { ...core.store.capabilities, groups: false };
      Object.defineProperty(core.store, 'capabilities', { value: capabilities });
      const refusal = { message: 'group is not supported by the memory engine' };
      await expect(join()).rejects.toEqual(withCode('NOT_SUPPORTED', refusal));
    });
  });
});
