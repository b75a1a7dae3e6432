import {
  batchOf,
  eventually,
  RecordingOutlet,
  startCore,
  withCode,
  type TestCore,
  type TestCoreOptions,
} from '@pochta/testing';
import type { Connection } from '../../connection';
import type { SubscribeOptions } from '../subscription';

interface Member {
  readonly connection: Connection;
  readonly outlet: RecordingOutlet;
}

let core: TestCore;
const start = async (options?: TestCoreOptions): Promise<TestCore> => (core = await startCore(options));
afterEach(() => core.stop());

const connect = (): Member => {
  const outlet = new RecordingOutlet();
  return { connection: core.connect(outlet).connection, outlet };
};
const join = async (options: Partial<SubscribeOptions> = {}, member = connect()): Promise<Member> => {
  (await member.connection.subscribe({ topic: 't', group: { name: 'g' }, ...options })).start();
  return member;
};
const publish = async (topic: string, ...values: unknown[]): Promise<void> => {
  await connect().connection.publish(topic, batchOf(...values));
};
const ack = ({ connection }: Member, topic: string, ...sequences: number[]): Promise<void> =>
  connection.settle({ action: 'ack', topic, group: 'g', sequences });

describe('a member of a group', () => {
  it('goes on from the new position when the group is reset', async () => {
    await start();
    const member = await join();
    await publish('t', 1, 2, 3);
    await member.outlet.received(3);
    await ack(member, 't', 1, 2, 3);
    await core.store.resetGroup('t', 'g', { sequence: 2 });
    await member.outlet.received(5);
    expect(member.outlet.sequences()).toEqual([1, 2, 3, 2, 3]);
    await ack(member, 't', 2, 3);
    expect(core.store.groups('t')).toMatchObject([{ name: 'g', members: 1, inFlight: 0 }]);
  });

  it('cannot settle what it had before a reset', async () => {
    await start();
    const member = await join();
    await publish('t', 1, 2);
    await member.outlet.received(2);
    const reset = core.store.resetGroup('t', 'g', 'new');
    await expect(reset.then(() => ack(member, 't', 1))).rejects.toEqual(withCode('NOT_IN_FLIGHT'));
    await eventually(() => member.connection.inFlight === 0);
    await publish('t', 3);
    await member.outlet.received(3);
    expect(member.outlet.sequences()).toEqual([1, 2, 3]);
  });

  it('begins anew, as it asked, when the group is deleted', async () => {
    await start();
    const member = await join({ from: 'new', group: { name: 'g', config: { maxDeliveries: 3 } } });
    await publish('t', 1);
    await member.outlet.received(1);
    await core.store.deleteGroup('t', 'g');
    await eventually(() => core.store.groups('t').some(({ members }) => members === 1));
    await publish('t', 2);
    await member.outlet.received(2);
    expect(member.outlet.sequences()).toEqual([1, 2]);
    expect(core.store.groups('t')).toMatchObject([{ name: 'g', config: { maxDeliveries: 3 } }]);
  });

  it('goes on with the first message of a topic that was deleted and exists again', async () => {
    await start();
    const member = await join({ from: 'new' });
    await publish('t', 1);
    await member.outlet.received(1);
    await core.store.deleteTopic('t');
    await expect(ack(member, 't', 1)).rejects.toEqual(withCode('NOT_IN_FLIGHT'));
    await publish('t', 2, 3);
    await member.outlet.received(3);
    expect(member.outlet.texts()).toEqual(['1', '2', '3']);
    expect(member.outlet.failures).toEqual([]);
    await ack(member, 't', ...member.outlet.sequences().slice(1));
  });

  it('ends its connection when its group cannot be had again', async () => {
    await start();
    const member = await join();
    core.store.openGroup = () => Promise.reject(new Error('the disk is broken'));
    await core.store.resetGroup('t', 'g', 'new');
    await eventually(() => member.outlet.failures.length > 0);
    expect(member.outlet.failures).toEqual([withCode('STORAGE_FAILED')]);
  });

  it('leaves when its connection closes while it opens', async () => {
    await start();
    const member = connect();
    const joining = join({}, member);
    member.connection.close();
    await joining;
    await publish('t', 1);
    expect(core.store.groups('t')).toMatchObject([{ members: 0, inFlight: 0 }]);
  });
});

describe('a member of the groups of a filter', () => {
  it('is one in each topic that matches, also in those that come later, with one prefetch for all', async () => {
    await start();
    await publish('a.1', 1, 2, 3);
    const member = await join({ topic: 'a.*', group: { name: 'g', prefetch: 4 } });
    await member.outlet.received(3);
    await publish('a.2', 1, 2, 3);
    await member.outlet.received(4);
    await publish('a.3', 1);
    expect(member.connection.inFlight).toBe(4);
    await ack(member, 'a.1', 1, 2);
    await member.outlet.received(6);
    await ack(member, 'a.1', 3);
    await ack(member, 'a.2', 1);
    await eventually(() => member.outlet.pushed.length === 7);
    const topics = ['a.1', 'a.2', 'a.3'].map((topic) => member.outlet.sequences(topic));
    expect(topics).toEqual([[1, 2, 3], [1, 2, 3], [1]]);
    await expect(ack(member, 'b', 1)).rejects.toEqual(withCode('NOT_SUBSCRIBED'));
  });

  it('is served from all of them while one is busy', async () => {
    await start();
    const member = await join({ topic: 'a.*', group: { name: 'g', prefetch: 1 } });
    await publish('a.1', ...Array<number>(50).fill(1));
    await publish('a.2', 1, 2);
    let at = 0;
    while (member.outlet.sequences('a.2').length < 2) {
      await member.outlet.received(at + 1);
      const { topic, sequence } = member.outlet.pushed[at++];
      await ack(member, topic, sequence);
      expect(at).toBeLessThan(10);
    }
  });

  it('shares each topic with the members that name it', async () => {
    await start();
    const one = await join({ topic: 'a.*' });
    const other = await join({ topic: 'a.1' });
    await publish('a.1', 1, 2, 3, 4);
    await eventually(() => one.outlet.pushed.length + other.outlet.pushed.length === 4);
    expect([one.outlet.pushed.length, other.outlet.pushed.length]).toEqual([2, 2]);
  });

  it('counts its topics against the positions there may be', async () => {
    await start({ limits: { maxPositions: 3 } });
    await publish('a.1', 1);
    const member = await join({ topic: 'a.*' });
    await expect(join()).rejects.toEqual(withCode('TOO_MANY_SUBSCRIPTIONS'));
    member.connection.close();
    await join();
  });

  it('leaves all of them at once', async () => {
    await start();
    for (const topic of ['a.1', 'a.2']) await publish(topic, 1);
    const member = await join({ topic: 'a.*' });
    await member.outlet.received(2);
    member.connection.unsubscribe({ topic: 'a.*', group: 'g' });
    expect(member.connection.inFlight).toBe(0);
    const other = await join({ topic: 'a.>' });
    await other.outlet.received(2);
    expect(other.outlet.pushed.every(({ deliveryCount }) => deliveryCount === 1)).toBe(true);
  });
});

describe('a broker that drains', () => {
  it('lets members settle what is in flight, and publish until they have, but gives them no more', async () => {
    await start();
    const member = await join({ group: { name: 'g', prefetch: 2 } });
    await publish('t', 1, 2, 3, 4);
    await member.outlet.received(2);
    let drained = false;
    const draining = core.broker.drain(60_000).then(() => (drained = true));
    await ack(member, 't', 1);
    expect((await member.connection.publish('result', batchOf('of 2'))).outcomes).toBeUndefined();
    expect(drained).toBe(false);
    await ack(member, 't', 2);
    await draining;
    expect(member.outlet.sequences()).toEqual([1, 2]);
    const late = await member.connection.publish('result', batchOf('late'));
    expect(late.outcomes).toEqual([withCode('SHUTTING_DOWN')]);
  });

  it('waits for nobody when nothing is in flight, or who had it has gone', async () => {
    await start();
    const member = await join();
    await publish('t', 1);
    await member.outlet.received(1);
    const draining = core.broker.drain(60_000);
    member.connection.close();
    await draining;
    await core.broker.drain(60_000);
    expect(core.store.groups('t')).toMatchObject([{ backlog: 1, inFlight: 0 }]);
  });

  it('does not wait longer than it may for who never acks', async () => {
    await start();
    const member = await join();
    await publish('t', 1);
    await member.outlet.received(1);
    await core.broker.drain(5);
    expect(member.connection.inFlight).toBe(1);
  });
});
