import { MAX_START_TOPICS } from '@pochta/protocol';
import { CODECS, BEGINNING, Fixture, event, type Heard, type Peer } from '../../testing';
import type { ConnectOptions, FilterStartPosition, Gap, ReceivedMessage } from '../index';

describe.each(CODECS)('over %s:', (codec) => {
  const fixture = new Fixture(codec);
  beforeEach(() => fixture.setUp());
  afterEach(() => fixture.tearDown());

  /** Reads that many messages off an iterator, which stays open. */
  async function read(iterator: AsyncIterator<ReceivedMessage>, count: number): Promise<unknown[]> {
    const values: unknown[] = [];
    while (values.length < count) {
      const { value, done } = await iterator.next();
      if (done === true) break;
      values.push(value.value);
    }
    return values;
  }

  /** Plays a topic with the messages 1 to `total`, each its own sequence, from wherever it is asked. */
  function playLog(total: () => number) {
    return (peer: Peer, frame: Heard): boolean => {
      if (frame.action !== 'subscribe') return false;
      const from = frame['from'] as { sequence: number } | undefined;
      peer.succeed(frame, 'Subscribed', { subscription: frame['subscription'], epoch: 'e1' });
      for (let n = from?.sequence ?? 1; n <= total(); n++) peer.push(frame['subscription'], 't', n, n);
      return true;
    };
  }

  describe('subscribe', () => {
    it('delivers messages with what is known of them', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      const subscription = await client.subscribe<{ a: number }>('t', { from: 'new' });
      const [{ subscription: name, ...frame }] = broker.heard;
      expect(frame).toMatchObject({ action: 'subscribe', topic: 't', from: 'new', meta: true });
      broker.peer.say({
        type: 'push',
        topic: 't',
        message: { a: 1 },
        subscription: name,
        sequence: 7,
        timestamp: 5,
        epoch: 'e',
        headers: { h: '1' },
        key: 'k',
      });
      for await (const message of subscription) {
        expect(message.value.a).toBe(1);
        expect(Buffer.from(message.bytes).toString()).toBe('{"a":1}');
        expect(message).toMatchObject({
          topic: 't',
          sequence: 7,
          timestamp: 5,
          epoch: 'e',
          key: 'k',
          headers: { h: '1' },
        });
        break;
      }
      expect(await subscription.closed).toBeUndefined();
      await broker.until(() => broker.heardOf('unsubscribe').length === 1);
      expect(broker.heardOf('unsubscribe')).toMatchObject([{ subscription: name }]);
    });

    it('hands messages to a callback, one at a time', async () => {
      const { broker } = fixture;
      broker.script = playLog(() => 3);
      const client = await fixture.connect();
      const steps: string[] = [];
      const subscription = await client.subscribe('t', {
        onMessage: async ({ sequence }) => {
          steps.push(`${sequence} begins`);
          await client.publish('other', sequence);
          steps.push(`${sequence} ends`);
          if (sequence === 3) void subscription.unsubscribe();
        },
      });
      await subscription.closed;
      await client.drain();
      expect(steps).toEqual(['1 begins', '1 ends', '2 begins', '2 ends', '3 begins', '3 ends']);
    });

    it('tells of handlers that throw, and goes on', async () => {
      fixture.broker.script = playLog(() => 2);
      const client = await fixture.connect();
      const failed: unknown[] = [];
      client.on('handlerFailed', ({ topic, error }) => failed.push([topic, error]));
      const subscription = await client.subscribe('t', {
        onMessage: ({ sequence }) => {
          if (sequence === 2) void subscription.unsubscribe();
          throw new Error(`no ${sequence}`);
        },
      });
      await subscription.closed;
      expect(failed).toEqual([
        ['t', new Error('no 1')],
        ['t', new Error('no 2')],
      ]);
    });

    it('rejects with the refusal, and for a second one to the same topic', async () => {
      fixture.broker.script = (peer, frame) => {
        if (frame.action !== 'subscribe' || frame['topic'] !== 'secret') return false;
        peer.refuse(frame, 'FORBIDDEN');
        return true;
      };
      const client = await fixture.connect();
      await expect(client.subscribe('secret')).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(client.subscribe('secret')).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(client.subscribe('a..b')).rejects.toMatchObject({ code: 'INVALID_FRAME' });
      const first = await client.subscribe('t');
      await expect(client.subscribe('t')).rejects.toMatchObject({ code: 'ALREADY_SUBSCRIBED' });
      await first.unsubscribe();
      await client.subscribe('t');
    });

    it('ends with its signal', async () => {
      const client = await fixture.connect();
      await expect(client.subscribe('t', { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'ABORTED',
      });
      const abort = new AbortController();
      const subscription = await client.subscribe('t', { signal: abort.signal });
      const next = subscription[Symbol.asyncIterator]().next();
      abort.abort();
      expect(await next).toEqual({ done: true, value: undefined });
      await fixture.broker.until(() => fixture.broker.heardOf('unsubscribe').length === 1);
    });
  });

  describe('after a reconnect, a subscription', () => {
    it('goes on behind the last message, and drops what it has seen', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      const subscription = await client.subscribe('t');
      const iterator = subscription[Symbol.asyncIterator]();
      const name = () => broker.heardOf('subscribe').at(-1)!['subscription'];
      for (let n = 1; n <= 3; n++) broker.peer.push(name(), 't', n, n);
      expect(await read(iterator, 3)).toEqual([1, 2, 3]);
      broker.peer.cut();
      await broker.until(() => broker.heardOf('subscribe').length === 2);
      expect(broker.heardOf('subscribe')[1]).toMatchObject({ from: { sequence: 4, epoch: 'e1' } });
      for (let n = 2; n <= 5; n++) broker.peer.push(name(), 't', n, n);
      expect(await read(iterator, 2)).toEqual([4, 5]);
    });

    it('is not ended when the next connection is lost, or closed, before it is back', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      const subscription = await client.subscribe('t');
      const next = subscription[Symbol.asyncIterator]().next();
      broker.script = (peer, frame) => {
        if (frame.action !== 'subscribe') return false;
        if (broker.peers.length < 4) peer.cut();
        return true;
      };
      broker.peer.cut();
      await broker.until(() => broker.heardOf('subscribe').length === 4);
      await client.close();
      expect(await next).toEqual({ done: true, value: undefined });
    });

    it('is tried again when the broker cannot have it back just now', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      const subscription = await client.subscribe('t');
      let refusals = 0;
      broker.script = (peer, frame) => {
        if (frame.action !== 'subscribe' || ++refusals > 2) return false;
        peer.refuse(frame, 'ENGINE_UNAVAILABLE');
        return true;
      };
      broker.peer.cut();
      await broker.until(() => broker.heardOf('subscribe').length === 4);
      broker.peer.push(broker.heardOf('subscribe').at(-1)!['subscription'], 't', 1, 'back');
      expect(await read(subscription[Symbol.asyncIterator](), 1)).toEqual(['back']);
    });

    it('to live messages gets those published while it was away, though it had seen none', async () => {
      const { broker } = fixture;
      broker.script = (peer, frame) => {
        if (frame.action !== 'subscribe') return false;
        peer.succeed(frame, 'Subscribed', { subscription: frame['subscription'], epoch: 'e1', sequence: 8 });
        return true;
      };
      const client = await fixture.connect();
      const starts = [
        'new',
        'last',
        { time: 5 },
        { sequence: 9 },
        { sequence: 7, epoch: 'e1' },
        { sequence: 7, epoch: 'e0' },
        'earliest',
      ] as const;
      for (const [n, from] of starts.entries()) await client.subscribe(`t${n}`, { from });
      broker.peer.cut();
      await broker.until(() => broker.heardOf('subscribe').length === 2 * starts.length);
      const began = { sequence: 8, epoch: 'e1' };
      expect(
        broker
          .heardOf('subscribe')
          .slice(starts.length)
          .map(({ from }) => from),
      ).toEqual([
        began,
        began,
        began,
        // It was to begin with what does not exist yet, and so began with what comes next.
        began,
        { sequence: 7, epoch: 'e1' },
        { sequence: 7, epoch: 'e0' },
        'earliest',
      ]);
    });

    it('to a filter goes on in each topic by itself', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      const subscription = await client.subscribe('t.*');
      const iterator = subscription[Symbol.asyncIterator]();
      const name = () => broker.heardOf('subscribe').at(-1)!['subscription'];
      broker.peer.push(name(), 't.a', 1, 'a1');
      broker.peer.push(name(), 't.b', 9, 'b9');
      expect(await read(iterator, 2)).toEqual(['a1', 'b9']);
      broker.peer.cut();
      await broker.until(() => broker.heardOf('subscribe').length === 2);
      expect(broker.heardOf('subscribe')[1]['from']).toEqual({
        topics: { 't.a': { sequence: 2, epoch: 'e1' }, 't.b': { sequence: 10, epoch: 'e1' } },
        otherwise: 'earliest',
      });
      broker.peer.push(name(), 't.b', 8, 'b8');
      broker.peer.push(name(), 't.b', 9, 'b9');
      broker.peer.push(name(), 't.a', 1, 'a1');
      broker.peer.push(name(), 't.c', 1, 'c1');
      broker.peer.push(name(), 't.a', 2, 'a2');
      broker.peer.push(name(), 't.b', 10, 'b10');
      expect(await read(iterator, 3)).toEqual(['c1', 'a2', 'b10']);
    });

    it('to a filter that has seen nothing goes on from the time it began, by the clock of the broker', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      const starts = ['new', 'last', { time: 5 }, { time: 2 * BEGINNING }, { sequence: 3 }] as const;
      for (const [n, from] of starts.entries()) await client.subscribe(`t${n}.*`, { from });
      const topics = { 'u.a': { sequence: 4 } };
      await client.subscribe('u.*', { from: { topics, otherwise: 'new' } });
      broker.peer.cut();
      const count = starts.length + 1;
      await broker.until(() => broker.heardOf('subscribe').length === 2 * count);
      const began = { time: BEGINNING };
      expect(
        broker
          .heardOf('subscribe')
          .slice(count)
          .map(({ from }) => from),
      ).toEqual([began, began, { time: 5 }, began, { sequence: 3 }, { topics, otherwise: began }]);
    });

    it('to a filter begins a topic of a new epoch at its beginning', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      const onGap = () => undefined;
      const topics = { 't.a': { sequence: 4, epoch: 'e1' } };
      const all = await client.subscribe('t.*', { from: { topics }, onGap });
      const live = await client.subscribe('*.a', { from: 'new', onGap });
      for (const { subscription } of broker.heardOf('subscribe')) {
        const gap = { type: 'gap', topic: 't.a', from: 4, to: 4, reason: 'epoch', epoch: 'e2', subscription };
        broker.peer.say(gap);
        broker.peer.push(subscription, 't.b', 1, 'b1');
        broker.peer.push(subscription, 'u.a', 1, 'a1');
      }
      for (const subscription of [all, live]) await read(subscription[Symbol.asyncIterator](), 2);
      broker.peer.cut();
      await broker.until(() => broker.heardOf('subscribe').length === 4);
      const seen = { 't.b': { sequence: 2, epoch: 'e1' }, 'u.a': { sequence: 2, epoch: 'e1' } };
      expect(broker.heardOf('subscribe')[2]['from']).toEqual({ topics: seen, otherwise: 'earliest' });
      expect(broker.heardOf('subscribe')[3]['from']).toEqual({
        topics: { ...seen, 't.a': { sequence: 1, epoch: 'e2' } },
        otherwise: { time: BEGINNING },
      });
    });

    describe('to a filter begins anew, and drops what it has seen,', () => {
      /** Subscribes, is pushed one message of each of so many topics, and gives what it asks for on the next connection. */
      const resumeAfter = async (topics: number, options: ConnectOptions): Promise<unknown> => {
        const { broker } = fixture;
        const client = await fixture.connect(options);
        const subscription = await client.subscribe('t.*', { bufferSize: 4 * topics });
        const iterator = subscription[Symbol.asyncIterator]();
        const name = () => broker.heardOf('subscribe').at(-1)!['subscription'];
        for (let n = 0; n < topics; n++) broker.peer.push(name(), `t.${n}`, 1, n);
        await read(iterator, topics);
        broker.peer.cut();
        await broker.until(() => broker.heardOf('subscribe').length === 2);
        broker.peer.push(name(), 't.0', 1, 'again');
        broker.peer.push(name(), 't.0', 2, 'next');
        expect(await read(iterator, 1)).toEqual(['next']);
        return broker.heardOf('subscribe')[1]['from'];
      };

      it('behind more topics than a frame may name', async () => {
        const from = await resumeAfter(MAX_START_TOPICS, {});
        expect(Object.keys((from as FilterStartPosition).topics)).toHaveLength(MAX_START_TOPICS);
        await fixture.tearDown();
        await fixture.setUp();
        expect(await resumeAfter(MAX_START_TOPICS + 1, {})).toBe('earliest');
      });

      it('when the frame would be larger than the client may send', async () => {
        expect(await resumeAfter(100, { maxFrameBytes: 10_000 })).toMatchObject({ otherwise: 'earliest' });
        await fixture.tearDown();
        await fixture.setUp();
        expect(await resumeAfter(100, { maxFrameBytes: 4000 })).toBe('earliest');
      });

      it('when the broker finds the frame too large, and no publish is blamed for it', async () => {
        const { broker } = fixture;
        const client = await fixture.connect();
        await client.subscribe('t.*', { onMessage: () => undefined });
        broker.peer.push(broker.heard[0]['subscription'], 't.a', 1, 1);
        await client.publish('t', 'a round trip');
        broker.script = (peer, frame) => {
          if (frame.action !== 'subscribe' || broker.heardOf('subscribe').length !== 2) return false;
          peer.say({ status: 'error', code: 'FRAME_TOO_LARGE', message: 'Frame too large' });
          peer.hangUp();
          return true;
        };
        broker.peer.cut();
        const published = client.publish('t', 2);
        await broker.until(() => broker.heardOf('subscribe').length === 3);
        expect(broker.heardOf('subscribe').map(({ from }) => from)).toEqual([
          undefined,
          { topics: { 't.a': { sequence: 2, epoch: 'e1' } }, otherwise: 'earliest' },
          'earliest',
        ]);
        await published;
      });
    });

    it('tells of a gap when the epoch has changed', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      const gaps: Gap[] = [];
      const subscription = await client.subscribe('t', { onGap: (gap) => gaps.push(gap) });
      const iterator = subscription[Symbol.asyncIterator]();
      const name = () => broker.heardOf('subscribe').at(-1)!['subscription'];
      broker.peer.push(name(), 't', 5, 'old');
      await read(iterator, 1);
      broker.peer.cut();
      await broker.until(() => broker.heardOf('subscribe').length === 2);
      broker.peer.say({
        type: 'gap',
        topic: 't',
        from: 6,
        to: 9,
        reason: 'epoch',
        epoch: 'e2',
        subscription: name(),
      });
      broker.peer.push(name(), 't', 3, 'new', 'e2');
      broker.peer.push(name(), 't', 1, 'newer', 'e3');
      expect(await read(iterator, 2)).toEqual(['new', 'newer']);
      expect(gaps).toMatchObject([
        { from: 6, to: 9, reason: 'epoch' },
        { from: 4, to: 4, reason: 'epoch' },
      ]);
    });

    it('ends with the refusal when the broker will not have it back', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      const subscription = await client.subscribe('t');
      const next = subscription[Symbol.asyncIterator]().next();
      broker.script = (peer, frame) => {
        if (frame.action !== 'subscribe') return false;
        peer.refuse(frame, 'FORBIDDEN');
        return true;
      };
      broker.peer.cut();
      await expect(next).rejects.toMatchObject({ code: 'FORBIDDEN' });
      expect(await subscription.closed).toMatchObject({ code: 'FORBIDDEN' });
      await client.subscribe('other').catch(() => undefined);
    });
  });

  describe('gaps', () => {
    it('are told in order with the messages, also those found by the sequences', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      const steps: unknown[] = [];
      const subscription = await client.subscribe('t', {
        onGap: ({ from, to, reason }) => steps.push(`${from}-${to} ${reason}`),
        onMessage: ({ sequence }) => {
          steps.push(sequence);
          if (sequence === 12) void subscription.unsubscribe();
        },
      });
      const name = broker.heard[0]['subscription'];
      broker.peer.push(name, 't', 1, 1);
      broker.peer.say({ type: 'gap', topic: 't', from: 2, to: 5, reason: 'overflow' });
      broker.peer.say({ type: 'gap', topic: 'elsewhere', from: 2, to: 5, reason: 'overflow' });
      broker.peer.push(name, 't', 6, 6);
      broker.peer.say({ type: 'gap', topic: 't', from: 3, to: 6, reason: 'taken', subscription: name });
      broker.peer.push(name, 't', 12, 12);
      await subscription.closed;
      expect(steps).toEqual([1, '2-5 overflow', 6, '7-11 unknown', 12]);
    });

    it('reach the client when the subscription does not listen', async () => {
      const client = await fixture.connect();
      const gap = event(client, 'gap');
      await client.subscribe('t', { onMessage: () => undefined });
      fixture.broker.peer.say({ type: 'gap', topic: 't', from: 2, to: 5, reason: 'age' });
      expect(await gap).toEqual({ topic: 't', from: 2, to: 5, reason: 'age' });
    });
  });

  describe('a slow consumer', () => {
    it('leaves the wire at its limit and comes back, without loss or repeat, while its publishes are confirmed', async () => {
      const { broker } = fixture;
      broker.script = playLog(() => 1000);
      const client = await fixture.connect();
      const subscription = await client.subscribe('t', { bufferSize: 10 });
      const seen: number[] = [];
      for await (const message of subscription) {
        await client.publish('seen', message.sequence);
        seen.push(message.sequence);
        if (seen.length === 1000) break;
      }
      expect(seen).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1));
      expect(broker.heardOf('publish')).toHaveLength(1000);
      expect(broker.heardOf('subscribe').length).toBeGreaterThan(10);
    });

    it('is held by bytes too, and does not hold up others', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      const slow = await client.subscribe('slow', { bufferBytes: 1000 });
      const quick = await client.subscribe('quick');
      const [slowName, quickName] = broker.heardOf('subscribe').map((frame) => frame['subscription']);
      for (let n = 1; n <= 50; n++) broker.peer.push(slowName, 'slow', n, 'x'.repeat(100));
      broker.peer.push(quickName, 'quick', 1, 'here');
      expect(await read(quick[Symbol.asyncIterator](), 1)).toEqual(['here']);
      await broker.until(() => broker.heardOf('unsubscribe').length === 1);
      const iterator = slow[Symbol.asyncIterator]();
      await read(iterator, 8);
      await broker.until(() => broker.heardOf('subscribe').length === 3);
      const from = broker.heardOf('subscribe')[2]['from'] as { sequence: number };
      expect(from.sequence).toBeLessThanOrEqual(11);
    });

    it('stays behind through a reconnect, and comes back when it has caught up', async () => {
      const { broker } = fixture;
      broker.script = playLog(() => 40);
      const client = await fixture.connect();
      const subscription = await client.subscribe('t', { bufferSize: 8 });
      await broker.until(() => broker.heardOf('unsubscribe').length === 1);
      const back = event(client, 'reconnected');
      broker.peer.cut();
      await back;
      await client.publish('t', 'a round trip');
      expect(broker.heardOf('subscribe')).toHaveLength(1);
      const iterator = subscription[Symbol.asyncIterator]();
      expect(await read(iterator, 40)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    });
  });
});
