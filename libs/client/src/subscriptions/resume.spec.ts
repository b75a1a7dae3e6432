import { cleanUp, eventually, expectInOrder, startBroker, type StartedBroker } from '@pochta/testing';
import { CODECS, Relay, event } from '../../testing';
import { connect, type Client, type Gap, type ReceivedMessage, type SubscribeOptions } from '../index';

describe.each(CODECS)('over %s:', (codec) => {
  let broker: StartedBroker;
  let relay: Relay;
  const clients: Client[] = [];

  async function setUp(options: Parameters<typeof startBroker>[0] = {}): Promise<void> {
    broker = await startBroker({ defaults: { maxMessages: 100_000 }, ...options });
    relay = await Relay.start(() => broker.port);
  }

  async function client(port: number): Promise<Client> {
    const made = await connect({
      host: '127.0.0.1',
      port,
      codec,
      reconnect: { initialDelay: 1, maxDelay: 5 },
    });
    clients.push(made);
    return made;
  }

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((one) => one.close()));
    await relay.stop();
    await cleanUp();
  });

  /** A subscriber behind the relay, and all that it has been given. */
  async function subscribe(topic: string, options: SubscribeOptions<number> = {}) {
    const seen = new Map<string, number[]>();
    const gaps: Gap[] = [];
    let count = 0;
    const onMessage = ({ topic: of, value }: ReceivedMessage<number>) => {
      seen.set(of, [...(seen.get(of) ?? []), value]);
      count++;
    };
    const subscriber = await client(relay.port);
    await subscriber.subscribe(topic, { ...options, onMessage, onGap: (gap) => gaps.push(gap) });
    const received = (total: number) => eventually(() => count >= total, `${total} messages (${count} came)`);
    return { subscriber, seen, gaps, received };
  }

  const from = (first: number, last: number): number[] =>
    Array.from({ length: last - first + 1 }, (_, n) => first + n);

  describe('a subscription to a filter, cut off from its broker,', () => {
    const topics = from(1, 10).map((n) => `t.${n}`);

    it.each(['memory', 'lmdb'] as const)('reads on, and nothing again (%s)', async (engine) => {
      await setUp({ engine });
      const publisher = await client(broker.port);
      for (const topic of topics) await publisher.publishMany(topic, from(1, 100));
      const { subscriber, seen, gaps, received } = await subscribe('t.*');
      await received(1000);
      for (let round = 1; round <= 3; round++) {
        const back = event(subscriber, 'reconnected');
        if (engine === 'lmdb' && round === 2) await broker.restart();
        else relay.cut();
        for (const topic of topics) await publisher.publishMany(topic, from(100 + round, 100 + round));
        await publisher.publish(`t.new${round}`, 1);
        await back;
        await received(1000 + round * 11);
      }
      for (const topic of topics) expect(seen.get(topic)).toEqual(from(1, 103));
      expect(gaps).toEqual([]);
      expect(relay.saidOf('push')).toHaveLength(1033);
    });

    it('again and again, in the middle of what it reads, misses and repeats nothing', async () => {
      await setUp();
      const publisher = await client(broker.port);
      for (const topic of topics) await publisher.publishMany(topic, from(1, 500));
      let cuts = 0;
      relay.onSaid = () => {
        if (relay.said.length % 997 === 0 && cuts++ < 10) relay.cut();
      };
      const { seen, gaps, received } = await subscribe('t.*', { bufferSize: 100_000 });
      for (const topic of topics) await publisher.publishMany(topic, from(501, 1000));
      await received(10_000);
      for (const topic of topics) expectInOrder(seen.get(topic)!, 1, 1000);
      expect(gaps).toEqual([]);
      expect(cuts).toBeGreaterThan(5);
    });

    it('gets what was published meanwhile, though it wanted new messages and had seen none', async () => {
      await setUp();
      const publisher = await client(broker.port);
      await publisher.publish('t.old', 1);
      const { subscriber, seen, gaps } = await subscribe('t.*', { from: 'new' });
      const back = event(subscriber, 'reconnected');
      relay.held = true;
      relay.cut();
      await publisher.publish('t.old', 2);
      await publisher.publish('t.new', 1);
      relay.held = false;
      await back;
      // What is as old as the subscription, to the millisecond, may come as well.
      await eventually(() => seen.get('t.old')?.at(-1) === 2 && seen.has('t.new'));
      expect(seen.get('t.new')).toEqual([1]);
      expect(gaps).toEqual([]);
    });
  });

  it('a subscription to new messages of one topic gets those published while it was cut off, and no others', async () => {
    await setUp();
    const publisher = await client(broker.port);
    await publisher.publish('t', 1);
    const { subscriber, seen, gaps, received } = await subscribe('t', { from: 'new' });
    const back = event(subscriber, 'reconnected');
    relay.held = true;
    relay.cut();
    await publisher.publishMany('t', [2, 3]);
    relay.held = false;
    await back;
    await received(2);
    expect(seen.get('t')).toEqual([2, 3]);
    expect(gaps).toEqual([]);
  });
});
