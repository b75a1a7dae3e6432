import type { PochtaError } from '@pochta/protocol';
import { CODECS, Fixture, event, type Heard } from '../../../testing';
import {
  TerminateError,
  type Client,
  type ClientEvents,
  type Delivery,
  type GroupSubscription,
} from '../../index';

describe.each(CODECS)('over %s:', (codec) => {
  const fixture = new Fixture(codec);
  beforeEach(() => fixture.setUp());
  afterEach(() => fixture.tearDown());

  /** The frame with which the newest member subscribed. */
  const member = (): Heard => fixture.broker.heardOf('subscribe').at(-1)!;
  const deliver = (sequences: readonly number[], more?: object): void =>
    fixture.broker.peer.deliver(member(), sequences, more);
  const heard = (action: string, count: number): Promise<void> =>
    fixture.broker.until(() => fixture.broker.heardOf(action).length >= count);
  const sequencesOf = (action: string): unknown[] =>
    fixture.broker.heardOf(action).map(({ sequences }) => sequences);

  /** A promise to be resolved from outside. */
  function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
    let open!: () => void;
    const passed = new Promise<void>((resolve) => (open = resolve));
    return { passed, open };
  }

  /** A member that settles by hand, and what it has been given. */
  async function byHand(client: Client, topic = 't') {
    const deliveries: Delivery[] = [];
    const subscription = await client.subscribe(topic, {
      group: 'g',
      manualAck: true,
      onMessage: (delivery) => {
        deliveries.push(delivery);
        fixture.broker.check();
      },
    });
    const received = (count: number) => fixture.broker.until(() => deliveries.length >= count);
    return { subscription, deliveries, received };
  }

  function failures(client: Client): ClientEvents['settlementFailed'][] {
    const events: ClientEvents['settlementFailed'][] = [];
    client.on('settlementFailed', (detail) => {
      events.push(detail);
      fixture.broker.check();
    });
    return events;
  }

  describe('a member of a group', () => {
    it('subscribes with what it was told, and gets deliveries with what is known of them', async () => {
      const client = await fixture.connect();
      const options = {
        group: 'g',
        from: 'new',
        prefetch: 7,
        ackDeadline: 60_000,
        maxDeliveries: 3,
        backoff: { min: 5, max: 50 },
      } as const;
      const subscription = await client.subscribe<{ a: number }>('t', options);
      const [{ subscription: name, id: _, ...frame }] = fixture.broker.heard;
      expect(frame).toEqual({ action: 'subscribe', topic: 't', ...options });
      deliver([7], { message: { a: 1 }, deliveryCount: 3, headers: { h: '1' }, key: 'k', priority: 5 });
      for await (const delivery of subscription) {
        expect(delivery.value.a).toBe(1);
        expect(delivery).toMatchObject({ topic: 't', group: 'g', sequence: 7, deliveryCount: 3, open: true });
        expect(delivery).toMatchObject({
          timestamp: 1007,
          epoch: 'e1',
          headers: { h: '1' },
          key: 'k',
          priority: 5,
        });
        expect(subscription.unsettled).toBe(1);
        await delivery.ack();
        expect(delivery.open).toBe(false);
        expect(subscription.unsettled).toBe(0);
        break;
      }
      expect(await subscription.closed).toBeUndefined();
      expect(fixture.broker.heard.slice(1)).toMatchObject([
        { action: 'ack', topic: 't', group: 'g', sequences: [7] },
        { action: 'unsubscribe', subscription: name },
      ]);
      await client.subscribe('t', { group: 'g' });
    });

    it('refuses options that make no sense, without asking', async () => {
      const client = await fixture.connect();
      const bad = [
        { group: '' },
        { group: 5 as unknown as string },
        { group: 'g', prefetch: 0 },
        { group: 'g', prefetch: 65_536 },
        { group: 'g', ackDeadline: 9 },
        { group: 'g', maxDeliveries: 1001 },
        { group: 'g', backoff: { min: 0 } },
        { group: 'g', backoff: { min: 3, max: 2 } },
        { group: 'g', concurrency: 0 },
        { group: 'g', touchInterval: -1 },
      ];
      for (const options of bad)
        await expect(client.subscribe('t', options)).rejects.toMatchObject({ code: 'INVALID_FRAME' });
      expect(fixture.broker.heard).toEqual([]);
    });

    it('may be beside other groups, and beside a plain subscription, but once only', async () => {
      const client = await fixture.connect();
      const first = await client.subscribe('t', { group: 'g' });
      await client.subscribe('t', { group: 'h' });
      await client.subscribe('t');
      await expect(client.subscribe('t', { group: 'g' })).rejects.toMatchObject({
        code: 'ALREADY_SUBSCRIBED',
      });
      await first.unsubscribe();
      await client.subscribe('t', { group: 'g' });
    });

    it('is told of gaps, in order with the deliveries', async () => {
      const client = await fixture.connect();
      const steps: unknown[] = [];
      const group = await client.subscribe('t', {
        group: 'g',
        onMessage: ({ sequence }) => void steps.push(sequence),
        onGap: (gap) => steps.push(gap),
      });
      const { subscription } = member();
      deliver([1]);
      fixture.broker.peer.say({
        type: 'gap',
        topic: 't',
        group: 'g',
        subscription,
        from: 2,
        to: 5,
        reason: 'age',
      });
      deliver([6]);
      await heard('ack', 1);
      await group.unsubscribe();
      expect(steps).toEqual([1, { topic: 't', from: 2, to: 5, reason: 'age' }, 6]);
    });
  });

  describe('without manualAck', () => {
    it('a handler that is done acks, one that throws nacks or terminates, and is told of', async () => {
      const client = await fixture.connect();
      const failed: unknown[] = [];
      client.on('handlerFailed', ({ topic, group, error }) => failed.push([topic, group, String(error)]));
      await client.subscribe('t', {
        group: 'g',
        onMessage: ({ sequence }) => {
          if (sequence === 2) throw new Error('again');
          if (sequence === 3) throw new TerminateError(`never: ${'x'.repeat(300)}`);
          return sequence === 4 ? Promise.reject(new Error('again')) : Promise.resolve();
        },
      });
      deliver([1, 2, 3, 4, 5]);
      await heard('ack', 1);
      const { broker } = fixture;
      expect(sequencesOf('ack')).toEqual([[1, 5]]);
      expect(broker.heardOf('nack')).toMatchObject([{ topic: 't', group: 'g', sequences: [2, 4] }]);
      expect(broker.heardOf('nack')[0]).not.toHaveProperty('delay');
      expect(broker.heardOf('terminate')).toMatchObject([
        { sequences: [3], reason: `never: ${'x'.repeat(300)}`.slice(0, 255) },
      ]);
      expect(failed.slice(0, 2)).toEqual([
        ['t', 'g', 'Error: again'],
        ['t', 'g', `TerminateError: never: ${'x'.repeat(300)}`],
      ]);
      expect(failed).toHaveLength(3);
    });

    it('what the handler has settled is left alone', async () => {
      const client = await fixture.connect();
      client.on('handlerFailed', () => undefined);
      await client.subscribe('t', {
        group: 'g',
        concurrency: 1,
        onMessage: async (delivery) => {
          if (delivery.sequence === 1) await delivery.nack(50);
          if (delivery.sequence !== 2) return;
          await delivery.ack();
          throw new Error('too late');
        },
      });
      deliver([1, 2, 3]);
      await fixture.broker.until(() => sequencesOf('ack').length === 2);
      expect(sequencesOf('ack')).toEqual([[2], [3]]);
      expect(fixture.broker.heardOf('nack')).toMatchObject([{ sequences: [1], delay: 50 }]);
    });

    it('the acks of one turn travel in one frame, for each topic', async () => {
      const client = await fixture.connect();
      const { broker } = fixture;
      await client.subscribe('t.*', { group: 'g', prefetch: 65_535, onMessage: () => undefined });
      const name = member();
      const many = Array.from({ length: 12_000 }, (_, n) => n + 1);
      broker.peer.deliver({ ...name, topic: 't.a' }, many);
      broker.peer.deliver({ ...name, topic: 't.b' }, [1, 2]);
      const acked = (topic: string) =>
        broker
          .heardOf('ack')
          .filter((frame) => frame['topic'] === topic)
          .flatMap(({ sequences }) => sequences as number[]);
      await broker.until(() => acked('t.a').length === many.length && acked('t.b').length === 2);
      expect(acked('t.a')).toEqual(many);
      expect(broker.heardOf('ack').length).toBeLessThan(200);
      for (const { sequences } of broker.heardOf('ack'))
        expect((sequences as number[]).length).toBeLessThanOrEqual(10_000);
    });

    it('acks again what was refused with others that are not in flight any more, and tells of those', async () => {
      const client = await fixture.connect();
      const failed = failures(client);
      fixture.broker.script = (peer, frame) => {
        const gone = ((frame['sequences'] ?? []) as number[]).filter((sequence) => sequence % 3 === 0);
        if (frame.action !== 'ack' || gone.length === 0) return false;
        peer.refuse(frame, 'NOT_IN_FLIGHT', 'Not in flight', { sequences: gone });
        return true;
      };
      const subscription = await client.subscribe('t', { group: 'g', onMessage: () => undefined });
      deliver([1, 2, 3, 4, 5, 6]);
      await fixture.broker.until(() => failed.length === 2 && sequencesOf('ack').length === 2);
      expect(sequencesOf('ack')).toEqual([
        [1, 2, 3, 4, 5, 6],
        [1, 2, 4, 5],
      ]);
      expect(failed).toMatchObject([
        { topic: 't', group: 'g', sequence: 3, verb: 'ack', error: { code: 'NOT_IN_FLIGHT' } },
        { sequence: 6 },
      ]);
      expect(subscription.voidSettlements).toBe(2);
      await subscription.unsubscribe();
      expect(subscription.unsettled).toBe(0);
    });

    it('asks once for an ack that is refused, tells, and lets its delivery expire', async () => {
      const client = await fixture.connect();
      const failed = failures(client);
      fixture.broker.script = (peer, frame) => {
        if (frame.action === 'ack') peer.refuse(frame, 'STORAGE_FULL');
        return frame.action === 'ack';
      };
      const { passed, open } = gate();
      const subscription = await client.subscribe('t', {
        group: 'g',
        touchInterval: 10,
        onMessage: ({ sequence }) => (sequence === 2 ? passed : undefined),
      });
      deliver([1, 2]);
      await heard('touch', 2);
      await fixture.broker.until(() => failed.length > 0);
      expect(failed).toMatchObject([{ sequence: 1, verb: 'ack', error: { code: 'STORAGE_FULL' } }]);
      expect(subscription).toMatchObject({ unsettled: 1, voidSettlements: 0 });
      expect(new Set(sequencesOf('touch').flat())).toEqual(new Set([2]));
      expect(sequencesOf('ack')).toEqual([[1]]);
      open();
    });

    it('lets a delivery expire whose settlement is refused when its handler is done already', async () => {
      const client = await fixture.connect();
      const refused: string[] = [];
      fixture.broker.script = (peer, frame) => {
        const refuses = ['ack', 'nack', 'terminate'].includes(frame.action);
        if (refuses) peer.refuse(frame, 'STORAGE_FULL');
        return refuses;
      };
      const { passed, open } = gate();
      const note = (error: unknown): void => {
        refused.push((error as PochtaError).code);
        fixture.broker.check();
      };
      const subscription = await client.subscribe('t', {
        group: 'g',
        touchInterval: 10,
        onMessage: (delivery) => {
          if (delivery.sequence === 1) delivery.nack().catch(note);
          if (delivery.sequence === 2) delivery.terminate('no').catch(note);
          if (delivery.sequence === 3) {
            delivery.nack().catch(note);
            throw new Error('and fails');
          }
          return delivery.sequence === 4 ? passed : undefined;
        },
      });
      client.on('handlerFailed', () => undefined);
      deliver([1, 2, 3, 4]);
      await fixture.broker.until(() => refused.length === 3);
      await heard('touch', 2);
      expect(refused).toEqual(['STORAGE_FULL', 'STORAGE_FULL', 'STORAGE_FULL']);
      expect(new Set(sequencesOf('touch').flat())).toEqual(new Set([4]));
      expect(subscription).toMatchObject({ unsettled: 1, voidSettlements: 0 });
      open();
    });

    it('a refusal that names no sequence of the frame is final', async () => {
      const client = await fixture.connect();
      const failed = failures(client);
      fixture.broker.script = (peer, frame) => {
        if (frame.action === 'ack') peer.refuse(frame, 'NOT_IN_FLIGHT', 'Not in flight', { sequences: [9] });
        return frame.action === 'ack';
      };
      await client.subscribe('t', { group: 'g', onMessage: () => undefined });
      deliver([1, 2]);
      await fixture.broker.until(() => failed.length === 2);
      expect(sequencesOf('ack')).toEqual([[1, 2]]);
    });

    it('so many deliveries are handled at a time as concurrency says, and begin in their order', async () => {
      const client = await fixture.connect();
      const begun: number[] = [];
      const gates = new Map<number, () => void>();
      await client.subscribe('t', {
        group: 'g',
        concurrency: 2,
        onMessage: async ({ sequence }) => {
          begun.push(sequence);
          const { passed, open } = gate();
          gates.set(sequence, open);
          fixture.broker.check();
          await passed;
        },
      });
      deliver([1, 2, 3, 4]);
      await fixture.broker.until(() => begun.length === 2);
      gates.get(2)!();
      await heard('ack', 1);
      expect(begun).toEqual([1, 2, 3]);
      gates.get(1)!();
      await heard('ack', 2);
      expect(begun).toEqual([1, 2, 3, 4]);
      expect(sequencesOf('ack')).toEqual([[2], [1]]);
    });

    it('with a concurrency of 1 each waits for the one before', async () => {
      const client = await fixture.connect();
      const steps: string[] = [];
      await client.subscribe('t', {
        group: 'g',
        concurrency: 1,
        onMessage: async ({ sequence }) => {
          steps.push(`${sequence} begins`);
          await client.publish('other', sequence);
          steps.push(`${sequence} ends`);
        },
      });
      deliver([1, 2]);
      await heard('ack', 2);
      expect(steps).toEqual(['1 begins', '1 ends', '2 begins', '2 ends']);
    });
  });

  describe('a delivery', () => {
    it('is settled by hand, and the promise resolves with the answer', async () => {
      const client = await fixture.connect();
      const { deliveries, received } = await byHand(client);
      deliver([1, 2, 3, 4, 5, 6]);
      await received(6);
      const [ack, again, later, terminate, reason, touch] = deliveries;
      await Promise.all([
        ack.ack(),
        again.nack(),
        later.nack(0),
        terminate.terminate(),
        reason.terminate('no such customer'),
        touch.touch(),
        touch.touch(),
      ]);
      expect(touch.open).toBe(true);
      await touch.ack();
      const frames = fixture.broker.heard.slice(1).map(({ id: _, topic, group, ...rest }) => {
        expect([topic, group]).toEqual(['t', 'g']);
        return rest;
      });
      expect(frames).toEqual([
        { action: 'ack', sequences: [1] },
        { action: 'nack', sequences: [2] },
        { action: 'nack', sequences: [3], delay: 0 },
        { action: 'terminate', sequences: [4] },
        { action: 'terminate', sequences: [5], reason: 'no such customer' },
        { action: 'touch', sequences: [6] },
        { action: 'ack', sequences: [6] },
      ]);
    });

    it('is settled once', async () => {
      const client = await fixture.connect();
      const { deliveries, received } = await byHand(client);
      deliver([1]);
      await received(1);
      const acked = deliveries[0].ack();
      await expect(deliveries[0].nack()).rejects.toMatchObject({
        code: 'NOT_IN_FLIGHT',
        message: 'A delivery is settled once, and this one is already (ack)',
      });
      await acked;
      await expect(deliveries[0].ack()).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT' });
      await expect(deliveries[0].touch()).rejects.toMatchObject({ code: 'NOT_IN_FLIGHT' });
      expect(fixture.broker.heard).toHaveLength(2);
    });

    it('stays to be settled when an argument makes no sense, or the broker could not do it', async () => {
      const client = await fixture.connect();
      const { deliveries, received } = await byHand(client);
      deliver([1]);
      await received(1);
      const [delivery] = deliveries;
      await expect(delivery.nack(-1)).rejects.toMatchObject({ code: 'INVALID_FRAME' });
      await expect(delivery.terminate('x'.repeat(256))).rejects.toMatchObject({ code: 'INVALID_FRAME' });
      fixture.broker.script = (peer, frame) => {
        if (frame.action === 'ack') peer.refuse(frame, 'STORAGE_FULL');
        return frame.action === 'ack';
      };
      await expect(delivery.ack()).rejects.toMatchObject({ code: 'STORAGE_FULL' });
      expect(delivery.open).toBe(true);
      fixture.broker.script = () => false;
      await delivery.ack();
    });

    it('whose ack deadline has passed rejects, alone', async () => {
      const client = await fixture.connect();
      const { deliveries, received, subscription } = await byHand(client);
      fixture.broker.script = (peer, frame) => {
        const late = (frame['sequences'] as number[] | undefined)?.includes(2);
        if (late) peer.refuse(frame, 'NOT_IN_FLIGHT', 'Not in flight', { sequences: [2] });
        return late;
      };
      deliver([1, 2, 3]);
      await received(3);
      const results = await Promise.allSettled(deliveries.map((delivery) => delivery.ack()));
      expect(results).toMatchObject([
        { status: 'fulfilled' },
        { status: 'rejected', reason: { code: 'NOT_IN_FLIGHT', sequences: [2] } },
        { status: 'fulfilled' },
      ]);
      expect(subscription.voidSettlements).toBe(1);
      expect(subscription.unsettled).toBe(0);
    });

    it('that comes again while it is still here makes the first void', async () => {
      const client = await fixture.connect();
      const { deliveries, received } = await byHand(client);
      deliver([1]);
      await received(1);
      deliver([1], { deliveryCount: 2 });
      await received(2);
      await expect(deliveries[0].ack()).rejects.toMatchObject({
        code: 'NOT_IN_FLIGHT',
        message: 'The ack deadline has passed',
      });
      await deliveries[1].ack();
      expect(fixture.broker.heardOf('ack')).toHaveLength(1);
    });
  });

  describe('ack deadlines', () => {
    it('are put off for what is handled and what waits, until it is settled', async () => {
      const client = await fixture.connect();
      const { passed, open } = gate();
      await client.subscribe('t', { group: 'g', ackDeadline: 60, concurrency: 1, onMessage: () => passed });
      deliver([1, 2]);
      await heard('touch', 2);
      expect(fixture.broker.heardOf('touch')).toMatchObject([
        { topic: 't', group: 'g', sequences: [1, 2] },
        { sequences: [1, 2] },
      ]);
      open();
      await fixture.broker.until(() => sequencesOf('ack').flat().length === 2);
      const touched = fixture.broker.heardOf('touch').length;
      deliver([3]);
      await fixture.broker.until(() => sequencesOf('ack').flat().length === 3);
      expect(fixture.broker.heardOf('touch').slice(touched)).toEqual([]);
    });

    it('that have passed nonetheless leave nothing to settle', async () => {
      const client = await fixture.connect();
      const failed = failures(client);
      const { passed, open } = gate();
      fixture.broker.script = (peer, frame) => {
        if (frame.action === 'touch')
          peer.refuse(frame, 'NOT_IN_FLIGHT', 'Not in flight', { sequences: [1] });
        return frame.action === 'touch';
      };
      let delivery: Delivery | undefined;
      await client.subscribe('t', {
        group: 'g',
        touchInterval: 20,
        onMessage: (one) => {
          delivery = one;
          return passed;
        },
      });
      deliver([1]);
      await heard('touch', 1);
      await client.publish('t', 'a round trip');
      expect(delivery).toMatchObject({ open: false });
      open();
      await fixture.broker.until(() => failed.length === 1);
      expect(failed).toMatchObject([{ sequence: 1, error: { message: 'The ack deadline has passed' } }]);
      expect(fixture.broker.heardOf('ack')).toEqual([]);
    });
  });

  describe('after a lost connection', () => {
    it('the client joins again, and what came before cannot be settled', async () => {
      const client = await fixture.connect();
      const { deliveries, received, subscription } = await byHand(client);
      const { id: _, subscription: name, ...frame } = member();
      deliver([1, 2]);
      await received(2);
      const back = event(client, 'reconnected');
      fixture.broker.peer.cut();
      await back;
      await heard('subscribe', 2);
      expect(member()).toMatchObject(frame);
      expect(member()['subscription']).not.toBe(name);
      for (const verb of ['ack', 'nack', 'terminate', 'touch'] as const)
        await expect(deliveries[0][verb]()).rejects.toMatchObject({
          code: 'NOT_IN_FLIGHT',
          message: verb === 'ack' ? 'The connection that it came on is gone' : expect.any(String),
        });
      // Nobody listens to this one, and that does no harm.
      void deliveries[1].ack();
      deliver([1], { deliveryCount: 1 });
      await received(3);
      await deliveries[2].ack();
      expect(sequencesOf('ack')).toEqual([[1]]);
      expect(subscription.voidSettlements).toBe(2);
    });

    it('handlers go on, what waited is dropped, and void acks are counted and told', async () => {
      const client = await fixture.connect();
      const failed = failures(client);
      const begun: number[] = [];
      const { passed, open } = gate();
      const subscription = await client.subscribe('t', {
        group: 'g',
        concurrency: 1,
        onMessage: ({ sequence }) => {
          begun.push(sequence);
          fixture.broker.check();
          return begun.length === 1 ? passed : undefined;
        },
      });
      deliver([1, 2, 3]);
      await fixture.broker.until(() => begun.length === 1);
      const lost = event(client, 'disconnected');
      fixture.broker.peer.cut();
      await lost;
      expect(subscription.unsettled).toBe(0);
      await heard('subscribe', 2);
      deliver([2, 3]);
      open();
      await fixture.broker.until(() => sequencesOf('ack').flat().length === 2);
      expect(begun).toEqual([1, 2, 3]);
      expect(failed).toMatchObject([{ sequence: 1, verb: 'ack', error: { code: 'NOT_IN_FLIGHT' } }]);
      expect(subscription.voidSettlements).toBe(1);
      expect(sequencesOf('ack').flat()).toEqual([2, 3]);
    });

    it('an ack that was written may be done', async () => {
      fixture.broker.script = (_, frame) => frame.action === 'ack';
      const client = await fixture.connect();
      const { deliveries, received } = await byHand(client);
      deliver([1]);
      await received(1);
      const acked = deliveries[0].ack();
      await heard('ack', 1);
      fixture.broker.peer.cut();
      await expect(acked).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      await heard('subscribe', 2);
      expect(fixture.broker.heardOf('ack')).toHaveLength(1);
    });

    it('a member that the group does not fit any more ends', async () => {
      const client = await fixture.connect();
      const subscription = await client.subscribe('t', { group: 'g', ackDeadline: 1000 });
      fixture.broker.script = (peer, frame) => {
        if (frame.action === 'subscribe') peer.refuse(frame, 'GROUP_MISMATCH');
        return frame.action === 'subscribe';
      };
      fixture.broker.peer.cut();
      expect(await subscription.closed).toMatchObject({ code: 'GROUP_MISMATCH' });
      await expect(subscription[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: 'GROUP_MISMATCH',
      });
    });
  });

  describe('leaving a group', () => {
    /** A member that works on one delivery while two wait. */
    async function busy(options: { signal?: AbortSignal } = {}) {
      const client = await fixture.connect();
      const begun: number[] = [];
      const { passed, open } = gate();
      const subscription: GroupSubscription = await client.subscribe('t', {
        ...options,
        group: 'g',
        concurrency: 1,
        onMessage: async ({ sequence }) => {
          begun.push(sequence);
          fixture.broker.check();
          await passed;
        },
      });
      deliver([1, 2, 3]);
      await fixture.broker.until(() => begun.length === 1);
      return { client, subscription, begun, open };
    }

    it('lets the handler finish and acks before it goes; what waits, or comes, is given back', async () => {
      const { client, subscription, begun, open } = await busy();
      const left = subscription.unsubscribe();
      deliver([4]);
      await client.publish('t', 'a round trip');
      expect(fixture.broker.heardOf('unsubscribe')).toEqual([]);
      open();
      await left;
      expect(begun).toEqual([1]);
      expect(fixture.broker.heard.slice(2).map(({ action, sequences }) => [action, sequences])).toEqual([
        ['ack', [1]],
        ['unsubscribe', undefined],
      ]);
      expect(await subscription.closed).toBeUndefined();
    });

    it('is at once when the signal is aborted meanwhile', async () => {
      const abort = new AbortController();
      const { subscription, open } = await busy({ signal: abort.signal });
      const left = subscription.unsubscribe();
      abort.abort();
      await left;
      open();
      await heard('unsubscribe', 1);
      expect(fixture.broker.heardOf('ack')).toEqual([]);
      expect(await subscription.closed).toBeUndefined();
    });

    it('tries acks again before it goes', async () => {
      const { subscription, open } = await busy();
      fixture.broker.script = (peer, frame) => {
        if (frame.action !== 'ack' || fixture.broker.heardOf('ack').length > 1) return false;
        peer.refuse(frame, 'NOT_IN_FLIGHT', 'Not in flight', { sequences: [9] });
        return true;
      };
      open();
      await subscription.unsubscribe();
      expect(subscription.voidSettlements).toBe(1);
      expect(fixture.broker.heard.at(-1)).toMatchObject({ action: 'unsubscribe' });
    });

    it('goes without asking when the connection is lost meanwhile', async () => {
      const { client, subscription, open } = await busy();
      const left = subscription.unsubscribe();
      const back = event(client, 'reconnected');
      fixture.broker.peer.cut();
      await back;
      open();
      await left;
      await client.publish('t', 'a round trip');
      expect(fixture.broker.heardOf('subscribe')).toHaveLength(1);
      expect(fixture.broker.heardOf('unsubscribe')).toEqual([]);
    });

    it('takes back what it has asked for and has no answer to yet', async () => {
      const client = await fixture.connect();
      const subscription = await client.subscribe('t', { group: 'g' });
      fixture.broker.script = (_, frame) => frame.action === 'subscribe';
      fixture.broker.peer.cut();
      await heard('subscribe', 2);
      await subscription.unsubscribe();
      expect(fixture.broker.heard.at(-1)).toMatchObject({
        action: 'unsubscribe',
        subscription: member()['subscription'],
      });
      // Too late, and to no effect.
      fixture.broker.peer.succeed(member(), 'Subscribed', { subscription: member()['subscription'] });
      const refused = expect(client.subscribe('u', { group: 'g' })).rejects.toMatchObject({
        code: 'CONNECTION_CLOSED',
      });
      await heard('subscribe', 3);
      const drained = client.drain();
      fixture.broker.peer.succeed(member(), 'Subscribed', { subscription: member()['subscription'] });
      await refused;
      await drained;
      expect(fixture.broker.heard.at(-1)).toMatchObject({
        action: 'unsubscribe',
        subscription: member()['subscription'],
      });
    });

    it('goes at once with its signal, and what is settled later is void', async () => {
      const abort = new AbortController();
      const { client, subscription, open } = await busy({ signal: abort.signal });
      const failed = failures(client);
      abort.abort();
      expect(await subscription.closed).toBeUndefined();
      await heard('unsubscribe', 1);
      open();
      await fixture.broker.until(() => failed.length === 1);
      expect(failed).toMatchObject([{ sequence: 1, error: { code: 'NOT_IN_FLIGHT' } }]);
      expect(fixture.broker.heardOf('ack')).toEqual([]);
    });

    it('waits for the body of a loop', async () => {
      const client = await fixture.connect();
      const subscription = await client.subscribe('t', { group: 'g' });
      deliver([1, 2]);
      const seen: number[] = [];
      let left: Promise<void> | undefined;
      for await (const delivery of subscription) {
        seen.push(delivery.sequence);
        left = subscription.drain();
        await client.publish('t', 'a round trip');
        await delivery.ack();
      }
      await left;
      expect(seen).toEqual([1]);
      expect(fixture.broker.heard.map(({ action }) => action)).toEqual([
        'subscribe',
        'publish',
        'ack',
        'unsubscribe',
      ]);
    });

    it('is part of a drain, which acks before it closes', async () => {
      const { client, open } = await busy();
      const drained = client.drain();
      await expect(client.subscribe('u', { group: 'g' })).rejects.toMatchObject({
        code: 'CONNECTION_CLOSED',
      });
      open();
      expect(await drained).toEqual({ unconfirmed: 0, handling: 0, unanswered: 0 });
      expect(fixture.broker.heard.slice(1).map(({ action }) => action)).toEqual(['ack', 'unsubscribe']);
    });

    it('takes no longer than the drain may, which says what was left', async () => {
      const { client, open } = await busy();
      fixture.broker.script = (_, frame) => frame.action === 'publish' || frame.action === 'get';
      const lost = expect(client.publish('t', 1)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      const unanswered = expect(client.get('t')).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
      expect(await client.drain({ timeout: 50 })).toEqual({ unconfirmed: 1, handling: 1, unanswered: 1 });
      await Promise.all([lost, unanswered]);
      expect(client.status).toBe('closed');
      open();
    });
  });
});
