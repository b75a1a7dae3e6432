import { CODECS, Fixture, event, type Heard } from '../../testing';
import type { Client, Delivery, Transaction } from '../index';

describe.each(CODECS)('over %s:', (codec) => {
  const fixture = new Fixture(codec);
  beforeEach(() => fixture.setUp());
  afterEach(() => fixture.tearDown());

  const heard = (action: string, count: number): Promise<void> =>
    fixture.broker.until(() => fixture.broker.heardOf(action).length >= count);
  const transactions = (): Heard[] => fixture.broker.heardOf('transaction');
  const silent = (_: unknown, frame: Heard) => frame.action === 'transaction';

  /** A refusal of the next transactions. */
  const refuse = (code: string, more?: object): void => {
    fixture.broker.script = (peer, frame) => {
      if (frame.action === 'transaction') peer.refuse(frame, code, code, more);
      return frame.action === 'transaction';
    };
  };

  /** Deliveries of a topic, to be settled by hand. */
  async function deliveriesOf(client: Client, topic: string, count: number): Promise<Delivery[]> {
    const deliveries: Delivery[] = [];
    const onMessage = (delivery: Delivery) => {
      deliveries.push(delivery);
      fixture.broker.check();
    };
    await client.subscribe(topic, { group: 'g', prefetch: 65_535, manualAck: true, onMessage });
    const sequences = Array.from({ length: count }, (_, n) => n + 1);
    fixture.broker.peer.deliver(fixture.broker.heardOf('subscribe').at(-1)!, sequences);
    await fixture.broker.until(() => deliveries.length === count);
    return deliveries;
  }

  describe('a transaction', () => {
    it('is one frame, with publishes as they are published, and acks by topic', async () => {
      const client = await fixture.connect();
      const [a1, a2] = await deliveriesOf(client, 'a', 2);
      const [b1] = await deliveriesOf(client, 'b', 1);
      await client.transaction((transaction) => {
        transaction.ack(a1);
        transaction.publish(
          'out',
          { n: 1 },
          { key: 'k', headers: { h: '1' }, priority: 2, delay: 5, ttl: 9 },
        );
        transaction.ack(b1);
        transaction.publishRaw('out', Buffer.from('[2]'), { messageId: 'mine' });
        transaction.ack(a2);
      });
      expect(transactions()[0]['operations']).toEqual([
        {
          action: 'publish',
          topic: 'out',
          message: { n: 1 },
          headers: { h: '1' },
          key: 'k',
          priority: 2,
          delay: 5,
          ttl: 9,
          messageId: expect.stringMatching(/-1$/),
        },
        { action: 'publish', topic: 'out', message: [2], messageId: 'mine' },
        { action: 'ack', topic: 'a', group: 'g', sequences: [1, 2] },
        { action: 'ack', topic: 'b', group: 'g', sequences: [1] },
      ]);
      expect([a1.open, b1.open]).toEqual([false, false]);
      await expect(a1.ack()).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT' });
      await client.publish('t', 1);
      expect(fixture.broker.heard.at(-1)!['messageId']).toMatch(/-2$/);
    });

    it('of nothing is not sent, nor is one whose function fails, which leaves the deliveries as they were', async () => {
      const client = await fixture.connect();
      const [delivery] = await deliveriesOf(client, 't', 1);
      await client.transaction(() => undefined);
      const failing = client.transaction(async (transaction) => {
        transaction.publish('out', 1);
        transaction.ack(delivery);
        await expect(delivery.ack()).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT' });
        throw new Error('broken');
      });
      await expect(failing).rejects.toThrow('broken');
      expect(transactions()).toEqual([]);
      await delivery.ack();
    });

    it('refuses what makes no sense where it is said', async () => {
      const client = await fixture.connect();
      const other = await fixture.connect();
      const [foreign] = await deliveriesOf(other, 't', 1);
      const bad: ((transaction: Transaction) => void)[] = [
        (transaction) => transaction.publish('a b', 1),
        (transaction) => transaction.publish('t', undefined),
        (transaction) => transaction.publish('t', 1, { priority: 10 }),
        (transaction) => transaction.publishRaw('t', Buffer.from('{')),
        (transaction) => transaction.ack(foreign),
        (transaction) => transaction.ack({ ...foreign }),
        (transaction) => {
          for (let n = 0; n <= 1000; n++) transaction.publish('t', n);
        },
      ];
      for (const gather of bad)
        await expect(client.transaction(gather)).rejects.toMatchObject({ code: 'INVALID_FRAME' });
      let late: Transaction | undefined;
      await client.transaction((transaction) => void (late = transaction));
      expect(() => late?.publish('t', 1)).toThrow('before the transaction is sent');
      expect(transactions()).toEqual([]);
      await client.transaction((transaction) => {
        for (let n = 0; n < 1000; n++) transaction.publish('t', n);
      });
      expect(transactions()[0]['operations']).toHaveLength(1000);
    });

    it('acks any number of deliveries, 10,000 an operation', async () => {
      const client = await fixture.connect();
      const deliveries = await deliveriesOf(client, 't', 10_001);
      await client.transaction((transaction) => deliveries.forEach((one) => transaction.ack(one)));
      const operations = transactions()[0]['operations'] as { sequences: number[] }[];
      expect(operations.map(({ sequences }) => sequences.length)).toEqual([10_000, 1]);
    });

    it('that is refused has done nothing: its deliveries can be settled in another way', async () => {
      const client = await fixture.connect();
      const [one, two] = await deliveriesOf(client, 't', 2);
      refuse('TOPIC_FULL');
      const full = client.transaction((transaction) => transaction.ack(one));
      await expect(full).rejects.toMatchObject({ code: 'TOPIC_FULL', retriable: true });
      refuse('NOT_IN_FLIGHT', { sequences: [2] });
      const late = client.transaction((transaction) => [one, two].forEach((each) => transaction.ack(each)));
      await expect(late).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT', sequences: [2] });
      expect([one.open, two.open]).toEqual([true, false]);
      await one.ack();
    });

    it('in a handler settles the delivery; when it fails, the handler may fail with it, which nacks', async () => {
      const client = await fixture.connect();
      client.on('handlerFailed', () => undefined);
      await client.subscribe('t', {
        group: 'g',
        onMessage: (delivery) =>
          client.transaction((transaction) => {
            transaction.publish('out', delivery.value);
            transaction.ack(delivery);
          }),
      });
      const frame = fixture.broker.heardOf('subscribe')[0];
      fixture.broker.peer.deliver(frame, [1]);
      await heard('transaction', 1);
      refuse('TOPIC_FULL');
      fixture.broker.peer.deliver(frame, [2]);
      await heard('nack', 1);
      expect(fixture.broker.heardOf('ack')).toEqual([]);
      expect(fixture.broker.heardOf('nack')).toMatchObject([{ sequences: [2] }]);
    });
  });

  describe('a transaction whose connection is lost', () => {
    it('is sent again, when it has publishes alone, with the same message ids', async () => {
      fixture.broker.script = silent;
      const client = await fixture.connect();
      const committed = client.transaction((transaction) => {
        transaction.publish('out', 1);
        transaction.publish('out', 2);
      });
      await heard('transaction', 1);
      fixture.broker.script = () => false;
      fixture.broker.peer.cut();
      await committed;
      expect(transactions()).toHaveLength(2);
      expect(transactions()[1]['operations']).toEqual(transactions()[0]['operations']);
    });

    it('is never sent again when it has acks: whether it was committed is not known', async () => {
      fixture.broker.script = silent;
      const client = await fixture.connect();
      const [delivery] = await deliveriesOf(client, 't', 1);
      const lost = client.transaction((transaction) => {
        transaction.publish('out', 1);
        transaction.ack(delivery);
      });
      await heard('transaction', 1);
      const back = event(client, 'reconnected');
      fixture.broker.peer.cut();
      await expect(lost).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      await back;
      await client.publish('t', 'a round trip');
      expect(transactions()).toHaveLength(1);
      expect(delivery.open).toBe(false);
    });

    it('before it was sent is refused when it has acks, and waits when it has none', async () => {
      const client = await fixture.connect();
      const [delivery] = await deliveriesOf(client, 't', 1);
      const lost = event(client, 'disconnected');
      const late = client.transaction(async (transaction) => {
        transaction.ack(delivery);
        fixture.broker.peer.cut();
        await lost;
      });
      await expect(late).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT', sequences: [1] });
      await expect(client.transaction((transaction) => transaction.ack(delivery))).rejects.toMatchObject({
        code: 'NOT_IN_FLIGHT',
      });
      await client.transaction((transaction) => transaction.publish('out', 1));
      expect(transactions()).toHaveLength(1);
    });

    it('is not known to be committed either when the answer takes too long, or the client closes', async () => {
      fixture.broker.script = silent;
      const client = await fixture.connect({ resendWindow: 20 });
      const slow = client.transaction((transaction) => transaction.publish('out', 1));
      await expect(slow).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      const [delivery] = await deliveriesOf(client, 't', 1);
      const closed = client.transaction((transaction) => transaction.ack(delivery));
      await heard('transaction', 2);
      const outcome = expect(closed).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      await client.close();
      await outcome;
      await expect(client.transaction(() => undefined)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    });

    it('gives up with its signal, or in time when it could not be sent', async () => {
      fixture.broker.script = silent;
      const client = await fixture.connect();
      const abort = new AbortController();
      const { signal } = abort;
      const aborted = client.transaction((transaction) => transaction.publish('out', 1), { signal });
      await heard('transaction', 1);
      abort.abort();
      await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
      const lost = event(client, 'disconnected');
      await fixture.stopBroker();
      await lost;
      const unsent = client.transaction((transaction) => transaction.publish('out', 2), { timeout: 10 });
      await expect(unsent).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT', retriable: true });
    });

    it('is not repeated when it is what the broker finds too large', async () => {
      fixture.broker.script = (peer, frame) => {
        if (frame.action !== 'transaction') return false;
        peer.say({ status: 'error', message: 'A frame has at most 10 bytes', code: 'FRAME_TOO_LARGE' });
        return true;
      };
      const client = await fixture.connect();
      const large = client.transaction((transaction) => transaction.publish('out', 'x'.repeat(100)));
      await expect(large).rejects.toMatchObject({ code: 'FRAME_TOO_LARGE' });
      const tooLarge = client.transaction((transaction) => {
        transaction.publish('out', 'x'.repeat(600_000));
        transaction.publish('out', 'x'.repeat(600_000));
      });
      await expect(tooLarge).rejects.toMatchObject({ code: 'FRAME_TOO_LARGE' });
      expect(transactions()).toHaveLength(1);
    });
  });
});
