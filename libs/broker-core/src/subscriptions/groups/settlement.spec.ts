import { cleanUp, eventually, GroupMembers, range, withCode } from '@pochta/testing';

const byNumber = (a: number, b: number): number => a - b;

describe('a delivery', () => {
  afterEach(cleanUp);

  it('settles only what is in flight to the member, and all of it or nothing', async () => {
    const members = await GroupMembers.start();
    const [one, other] = [await members.join(), await members.join()];
    await members.publish('t', ...range(1, 4));
    await eventually(() => one.connection.inFlight + other.connection.inFlight === 4);
    const [own, foreign] = [one.outlet.sequences(), other.outlet.sequences()];
    const refused = withCode('NOT_IN_FLIGHT', { sequences: [...foreign].sort(byNumber) });
    await expect(members.ack(one, [own[0], ...foreign])).rejects.toEqual(refused);
    expect(one.connection.inFlight).toBe(2);
    await members.ack(one, own);
    await expect(members.ack(one, own)).rejects.toEqual(withCode('NOT_IN_FLIGHT', { sequences: own }));
    await expect(members.ack(one, own, 't', 'h')).rejects.toEqual(withCode('NOT_SUBSCRIBED'));
    await expect(members.ack(members.connect(), foreign)).rejects.toEqual(withCode('NOT_SUBSCRIBED'));
  });

  it('delivers again what was nacked, after the delay, and counts', async () => {
    const members = await GroupMembers.start();
    const member = await members.join();
    await members.publish('t', 1);
    await member.outlet.received(1);
    await members.settle(member, { action: 'nack', sequences: [1], delay: 1 });
    await member.outlet.delivered(1, 2);
    await members.settle(member, { action: 'touch', sequences: [1] });
    expect(member.connection.inFlight).toBe(1);
    await members.ack(member, [1]);
  });

  it('delivers again after the ack deadline, and the member has its credit back', async () => {
    const members = await GroupMembers.start();
    const member = await members.join({
      prefetch: 1,
      config: { ackDeadline: 20, backoffMin: 1, backoffMax: 1 },
    });
    await members.publish('t', ...range(1, 2));
    await member.outlet.delivered(2, 1);
    await member.outlet.delivered(1, 2);
  });

  it('gives a message up that is terminated, and subscriptions to dead letters get it', async () => {
    const members = await GroupMembers.start();
    const dead = members.connect();
    (await dead.connection.subscribe({ topic: '*.dead' })).start();
    const member = await members.join();
    await members.publish('t', ...range(1, 2));
    await member.outlet.received(2);
    await members.settle(member, { action: 'terminate', sequences: [1], reason: 'no such order' });
    await dead.outlet.received(1);
    expect(dead.outlet.pushed).toEqual([{ topic: 't.dead', sequence: 1, text: '1' }]);
    expect(member.connection.inFlight).toBe(1);
  });

  it('gives a message up that is nacked always, and fetches no more than there are deliveries', async () => {
    const members = await GroupMembers.start();
    const member = members.connect();
    const openGroup = members.core.store.openGroup.bind(members.core.store);
    let fetches = 0;
    members.core.store.openGroup = async (...of) => {
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
      void members.settle(member, { action: 'nack', sequences: [firstSequence], delay: 0 });
    await members.join({ config: { maxDeliveries: 20 } }, {}, member);
    await members.publish('t', 1);
    await eventually(() => members.core.store.describe('t.dead')?.messages === 1);
    expect(member.outlet.pushed.map(({ deliveryCount }) => deliveryCount)).toEqual(range(1, 20));
    // One for each delivery, and at most one more after each, which finds nothing.
    expect(fetches).toBeLessThanOrEqual(2 * 20 + 2);
  });

  it('makes a dead-letter topic that counts as any other', async () => {
    const members = await GroupMembers.start({ limits: { maxTopics: 2 } });
    const dead = members.connect();
    (await dead.connection.subscribe({ topic: '*.dead' })).start();
    const member = await members.join();
    await members.publish('t', 1);
    await member.outlet.received(1);
    await members.settle(member, { action: 'terminate', sequences: [1] });
    await dead.outlet.received(1);
    await expect(members.join({}, { topic: 'third' })).rejects.toEqual(withCode('TOO_MANY_TOPICS'));
    await members.core.broker.topics.delete('t.dead');
    await members.join({}, { topic: 'third' });
  });
});
