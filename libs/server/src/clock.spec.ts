import {
  cleanUp,
  eventually,
  FakePeer,
  startBroker,
  type AnyFrame,
  type StartedBroker,
} from '@pochta/testing';
import { ManualClock } from '@pochta/storage-contract';

const HOUR = 3_600_000;

describe.each(['memory', 'lmdb'] as const)('the clock option, with %s', (engine) => {
  let clock: ManualClock;
  let broker: StartedBroker;
  let peer: FakePeer;
  beforeEach(async () => {
    clock = new ManualClock();
    broker = await startBroker({ engine, clock });
    peer = await FakePeer.connect(broker);
  });
  afterEach(cleanUp);

  const publish = (topic: string, message: unknown, more: object = {}): Promise<AnyFrame> =>
    peer.ask({ action: 'publish', topic, message, ...more });
  const join = async (topic: string): Promise<void> => {
    await peer.ask({ action: 'subscribe', topic, group: 'g', prefetch: 1 });
  };
  const held = (topic: string): number => broker.server.broker.store.describe(topic)!.messages;

  it('moves delays, and says how far away a time may be', async () => {
    await publish('t', 'relative', { delay: HOUR });
    await publish('t', 'absolute', { deliverAt: clock.now() + 2 * HOUR });
    expect(await publish('t', 'past', { deliverAt: clock.now() - 2 * HOUR })).toMatchObject({
      code: 'DELAY_OUT_OF_RANGE',
    });
    await join('t');
    clock.advance(HOUR);
    expect(await peer.next()).toMatchObject({ message: 'relative', timestamp: clock.now() });
    await peer.ask({ action: 'ack', topic: 't', group: 'g', sequence: 1 });
    clock.advance(HOUR);
    expect(await peer.next()).toMatchObject({ message: 'absolute' });
  });

  it('moves times to live, and the dedupe window', async () => {
    await publish('t', 1, { ttl: HOUR, messageId: 'a' });
    await publish('t', 1, { messageId: 'a' });
    expect(held('t')).toBe(1);
    clock.advance(HOUR);
    await eventually(() => held('t') === 0);
    await publish('t', 1, { messageId: 'a' });
    expect(held('t')).toBe(1);
  });

  it('moves ack deadlines, backoffs, and so dead letters', async () => {
    await publish('t', 1);
    await join('t');
    expect(await peer.next()).toMatchObject({ deliveryCount: 1 });
    clock.advance(30_000);
    // Behind the commit that writes the failure.
    await publish('other', 1);
    clock.advance(HOUR);
    expect(await peer.next()).toMatchObject({ deliveryCount: 2 });
    for (const count of [3, 4, 5]) {
      await peer.ask({ action: 'nack', topic: 't', group: 'g', sequence: 1 });
      clock.advance(HOUR);
      expect(await peer.next()).toMatchObject({ deliveryCount: count });
    }
    await peer.ask({ action: 'nack', topic: 't', group: 'g', sequence: 1 });
    await eventually(() => held('t.dead') === 1);
  });

  it('gives a member credit again when the ack deadline of what it has is over', async () => {
    await publish('t', 1);
    await publish('t', 2);
    await join('t');
    expect(await peer.next()).toMatchObject({ message: 1 });
    clock.advance(30_000);
    expect(await peer.next()).toMatchObject({ message: 2 });
  });

  it('says when a subscription to a filter began', async () => {
    const answer = await peer.ask({ action: 'subscribe', topic: 'a.*', meta: true });
    expect(answer).toMatchObject({ status: 'success', time: clock.now() });
  });
});
