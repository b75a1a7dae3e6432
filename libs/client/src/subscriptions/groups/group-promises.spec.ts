import {
  cleanUp,
  eventually,
  startBroker,
  type StartBrokerOptions,
  type StartedBroker,
} from '@pochta/testing';
import { CODECS, Relay, event } from '../../../testing';
import {
  PochtaError,
  TerminateError,
  connect,
  type Client,
  type Delivery,
  type ReceivedMessage,
} from '../../index';

describe.each(CODECS)('over %s:', (codec) => {
  let broker: StartedBroker;
  let relay: Relay;
  const clients: Client[] = [];

  async function setUp(options: StartBrokerOptions = {}): Promise<void> {
    broker = await startBroker({ engine: 'lmdb', defaults: { maxMessages: 100_000 }, ...options });
    relay = await Relay.start(() => broker.port);
  }

  async function client(port: number = broker.port): Promise<Client> {
    const made = await connect({
      host: '127.0.0.1',
      port,
      codec,
      reconnect: { initialDelay: 1, maxDelay: 5 },
    });
    made.on('handlerFailed', () => undefined);
    clients.push(made);
    return made;
  }

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((one) => one.close()));
    await relay.stop();
    await cleanUp();
  });

  const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
  const inOrder = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);

  /** How the group `g` of a topic stands. */
  const groupInfo = (topic: string) =>
    broker.server.broker.store.groups(topic).find(({ name }) => name === 'g');

  /** Waits until the group has nothing left to do. */
  const settled = (topic: string): Promise<void> =>
    eventually(() => {
      const info = groupInfo(topic);
      return info !== undefined && info.inFlight + info.waiting + info.backlog === 0;
    }, `${topic} to be settled`);

  describe.each(['memory', 'lmdb'] as const)('the members of a group (%s)', (engine) => {
    beforeEach(() => setUp({ engine }));

    it('share the messages, each of which is handled once', async () => {
      const publisher = await client();
      const seen: number[][] = [[], [], []];
      for (const mine of seen) {
        const member = await client();
        await member.subscribe<number>('t', {
          group: 'g',
          prefetch: 20,
          onMessage: async ({ value }) => {
            mine.push(value);
            if (value % 50 === 0) await member.publish('other', value);
          },
        });
      }
      await publisher.publishMany('t', upTo(1000));
      await settled('t');
      expect(inOrder(seen.flat())).toEqual(upTo(1000));
      for (const mine of seen) expect(mine.length).toBeGreaterThan(0);
    });

    it('share those of every topic that a filter matches, beside plain subscriptions', async () => {
      const publisher = await client();
      const consumer = await client();
      await publisher.publish('t.a', 0);
      const seen: string[] = [];
      const plain: string[] = [];
      await consumer.subscribe('t.*', { group: 'g', onMessage: ({ topic }) => void seen.push(topic) });
      await consumer.subscribe('t.*', { onMessage: ({ topic }) => void plain.push(topic) });
      await publisher.publishMany('t.b', [1, 2]);
      for (const topic of ['t.a', 't.b']) await settled(topic);
      await eventually(() => plain.length === 3);
      expect(seen.sort()).toEqual(['t.a', 't.b', 't.b']);
    });

    it('get what failed again, until it becomes a dead letter', async () => {
      const consumer = await client();
      const deliveries: string[] = [];
      await consumer.subscribe<string>('t', {
        group: 'g',
        maxDeliveries: 2,
        backoff: { min: 1, max: 2 },
        onMessage: ({ value, deliveryCount }) => {
          deliveries.push(`${value} ${deliveryCount}`);
          if (value === 'never') throw new TerminateError('no such customer');
          if (value === 'fails' || deliveryCount === 1) throw new Error(value);
        },
      });
      const dead: ReceivedMessage[] = [];
      await consumer.subscribe('t.dead', { onMessage: (message) => void dead.push(message) });
      await consumer.publishMany('t', ['fails', 'once', 'never']);
      await settled('t');
      await eventually(() => dead.length === 2);
      expect(deliveries.sort()).toEqual(['fails 1', 'fails 2', 'never 1', 'once 1', 'once 2']);
      const told = dead.map(({ value, headers }) => [value, headers?.['dead-letter-reason']]).sort();
      expect(told).toEqual([
        ['fails', 'max-deliveries'],
        ['never', 'terminated'],
      ]);
      const terminated = dead.find(({ value }) => value === 'never');
      expect(terminated?.headers).toMatchObject({ 'dead-letter-detail': 'no such customer' });
    });

    it('lose what they hold past the ack deadline, and are told so', async () => {
      const consumer = await client();
      const deliveries: Delivery[] = [];
      const subscription = await consumer.subscribe('t', {
        group: 'g',
        ackDeadline: 20,
        backoff: { min: 1 },
        manualAck: true,
        onMessage: (delivery) => void deliveries.push(delivery),
      });
      await consumer.publish('t', 1);
      await eventually(() => deliveries.length === 2);
      expect(deliveries.map(({ deliveryCount }) => deliveryCount)).toEqual([1, 2]);
      await expect(deliveries[0].ack()).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT' });
      expect(subscription.voidSettlements).toBe(1);
    });

    it('that leave give back what they have not begun, which does not count', async () => {
      const publisher = await client();
      const leaving = await client();
      await publisher.publishMany('t', [1, 2, 3]);
      let leave!: () => void;
      const asked = new Promise<void>((resolve) => (leave = resolve));
      let begun = 0;
      await leaving.subscribe('t', {
        group: 'g',
        concurrency: 1,
        onMessage: () => {
          begun++;
          return asked;
        },
      });
      await eventually(() => groupInfo('t')?.inFlight === 3 && begun === 1);
      const drained = leaving.drain();
      leave();
      expect(await drained).toEqual({ unconfirmed: 0, handling: 0, unanswered: 0 });
      const rest: [unknown, number][] = [];
      const staying = await client();
      await staying.subscribe('t', {
        group: 'g',
        onMessage: ({ value, deliveryCount }) => void rest.push([value, deliveryCount]),
      });
      await settled('t');
      expect(rest).toEqual([
        [2, 1],
        [3, 1],
      ]);
    });

    it('give back what they have when they close, at once, which does not count', async () => {
      const closing = await client();
      const handed: Delivery[] = [];
      const onMessage = (delivery: Delivery) => void handed.push(delivery);
      await closing.subscribe('t', { group: 'g', manualAck: true, onMessage });
      await closing.publish('t', 1);
      await eventually(() => handed.length === 1);
      const staying = await client();
      await staying.subscribe('t', { group: 'g', manualAck: true, onMessage });
      await closing.close();
      await eventually(() => handed.length === 2);
      expect(handed[1].deliveryCount).toBe(1);
      await expect(handed[0].ack()).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT' });
      await handed[1].ack();
    });

    it('agree on the settings of the group', async () => {
      const consumer = await client();
      const other = await client();
      await consumer.subscribe('t', { group: 'g', ackDeadline: 5000, backoff: { min: 10 } });
      const mismatch = other.subscribe('t', { group: 'g', ackDeadline: 6000 });
      await expect(mismatch).rejects.toMatchObject({ code: 'GROUP_MISMATCH' });
      await other.subscribe('t', { group: 'g', ackDeadline: 5000, from: 'new' });
      expect(groupInfo('t')).toMatchObject({ members: 2 });
    });
  });

  it('what is handled for longer than its ack deadline stays with its member', async () => {
    await setUp({ engine: 'memory' });
    const consumer = await client(relay.port);
    const counts: number[] = [];
    const extended = () => relay.said.filter(({ message }) => message === 'Extended').length;
    await consumer.subscribe('t', {
      group: 'g',
      ackDeadline: 400,
      concurrency: 1,
      onMessage: async ({ deliveryCount, sequence }) => {
        counts.push(deliveryCount);
        // Each touch covers a quarter of the deadline at least.
        if (sequence === 1) await eventually(() => extended() > 4);
      },
    });
    await consumer.publishMany('t', [1, 2]);
    await settled('t');
    expect(counts).toEqual([1, 1]);
  });

  it('acks of many messages are few frames', async () => {
    await setUp({ engine: 'memory' });
    const consumer = await client(relay.port);
    let seen = 0;
    await consumer.subscribe('t', { group: 'g', prefetch: 1000, onMessage: () => void seen++ });
    await (await client()).publishMany('t', upTo(5000));
    await eventually(() => seen === 5000);
    await settled('t');
    const acks = relay.said.filter(({ message }) => message === 'Acknowledged');
    expect(acks.length).toBeLessThan(200);
  });

  it('on an unsteady line every message is handled, and none is left', async () => {
    await setUp({ engine: 'memory' });
    const publisher = await client();
    await publisher.publishMany('t', upTo(3000));
    let cuts = 0;
    relay.onSaid = () => {
      if (relay.said.length % 501 === 0 && cuts++ < 8) relay.cut();
    };
    const seen = new Set<number>();
    const consumer = await client(relay.port);
    const subscription = await consumer.subscribe<number>('t', {
      group: 'g',
      prefetch: 50,
      onMessage: async ({ value }) => {
        await Promise.resolve();
        seen.add(value);
      },
    });
    await settled('t');
    expect(inOrder(seen)).toEqual(upTo(3000));
    expect(cuts).toBeGreaterThan(4);
    await subscription.unsubscribe();
    expect(subscription.unsettled).toBe(0);
  });

  it('a group goes on where it was after a restart of the broker', async () => {
    await setUp();
    const consumer = await client();
    const seen: number[] = [];
    await consumer.subscribe<number>('t', {
      group: 'g',
      from: 'new',
      onMessage: ({ value }) => void seen.push(value),
    });
    await consumer.publish('t', 1);
    await settled('t');
    const back = event(consumer, 'reconnected');
    await broker.restart();
    await back;
    await consumer.publish('t', 2);
    await settled('t');
    expect(seen).toEqual([1, 2]);
  });

  describe('consume, process, produce', () => {
    it('has each effect once, however often the line is cut', async () => {
      await setUp();
      const publisher = await client();
      await publisher.publishMany('in', upTo(400));
      let cuts = 0;
      let committed = 0;
      relay.onSaid = () => {
        const answered = relay.said.at(-1)?.message === 'Committed' && ++committed % 60 === 0;
        if ((!answered && relay.said.length % 97 > 0) || cuts === 12) return;
        cuts++;
        relay.cut();
      };
      const worker = await client(relay.port);
      let unknown = 0;
      worker.on('handlerFailed', ({ error }) => {
        if (error instanceof PochtaError && error.code === 'OUTCOME_UNKNOWN') unknown++;
      });
      await worker.subscribe<number>('in', {
        group: 'g',
        prefetch: 20,
        onMessage: (delivery) =>
          worker.transaction((transaction) => {
            transaction.publish('out', 2 * delivery.value);
            transaction.ack(delivery);
          }),
      });
      await settled('in');
      await publisher.publish('out', 0);
      const results: number[] = [];
      const reader = await publisher.subscribe<number>('out');
      for await (const { value } of reader) {
        if (value === 0) break;
        results.push(value);
      }
      expect(inOrder(results)).toEqual(upTo(400).map((n) => 2 * n));
      expect(cuts).toBeGreaterThan(4);
      expect(unknown).toBeGreaterThan(0);
    });

    it('a transaction of publishes alone is stored once, though its answer was lost', async () => {
      await setUp();
      const publisher = await client(relay.port);
      let cut = false;
      relay.onSaid = () => {
        if (relay.said.at(-1)?.message !== 'Committed' || cut) return;
        cut = true;
        relay.cut();
      };
      await publisher.transaction((transaction) => {
        transaction.publish('a', 1);
        transaction.publish('b', 2);
      });
      expect(cut).toBe(true);
      const asking = await client();
      expect([await asking.get('a'), await asking.get('a')]).toEqual([1, undefined]);
      expect([await asking.get('b'), await asking.get('b')]).toEqual([2, undefined]);
    });

    it('does nothing at all when one part cannot be done', async () => {
      await setUp({ topics: { full: { maxMessages: 1 }, fast: { storage: 'memory' } } });
      const worker = await client();
      await worker.publish('full', 1);
      await worker.publish('in', 1);
      const group = await worker.subscribe('in', { group: 'g' });
      for await (const delivery of group) {
        for (const [topic, code] of [
          ['full', 'TOPIC_FULL'],
          ['fast', 'NOT_SUPPORTED'],
        ]) {
          const refused = worker.transaction((transaction) => {
            transaction.publish('out', 1);
            transaction.publish(topic, 2);
            transaction.ack(delivery);
          });
          await expect(refused).rejects.toMatchObject({ code });
          expect(delivery.open).toBe(true);
        }
        await delivery.ack();
        break;
      }
      expect(await worker.get('out')).toBeUndefined();
    });
  });
});
