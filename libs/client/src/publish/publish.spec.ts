import { CODECS, Fixture, event } from '../../testing';
import { PublishManyError } from '../errors';
import type { PublishOptions } from '../index';

describe.each(CODECS)('over %s:', (codec) => {
  const fixture = new Fixture(codec);
  beforeEach(() => fixture.setUp());
  afterEach(() => fixture.tearDown());

  const outcomes = async (promises: Promise<unknown>[]) =>
    (await Promise.allSettled(promises)).map((result) =>
      result.status === 'fulfilled' ? 'confirmed' : (result.reason as { code: string }).code,
    );

  describe('publish', () => {
    it('sends value, options and a message id of its own', async () => {
      const client = await fixture.connect();
      await client.publish('orders', { n: 1 }, { headers: { a: 'b' }, key: 'k', priority: 3, ttl: 5 });
      await client.publish('orders', 'text', { delay: 50 });
      await client.publish('orders', null, { messageId: 'mine' });
      expect(fixture.broker.heard).toEqual([
        {
          action: 'publish',
          topic: 'orders',
          message: { n: 1 },
          headers: { a: 'b' },
          key: 'k',
          priority: 3,
          ttl: 5,
          messageId: expect.stringMatching(/-1$/),
        },
        {
          action: 'publish',
          topic: 'orders',
          message: 'text',
          delay: 50,
          messageId: expect.stringMatching(/-2$/),
        },
        { action: 'publish', topic: 'orders', message: null, messageId: 'mine' },
      ]);
    });

    it('sends what was published in one turn in one write', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      let chunks = 0;
      broker.peer.socket.on('data', () => chunks++);
      await Promise.all(Array.from({ length: 100 }, (_, n) => client.publish(n % 2 ? 'odd' : 'even', n)));
      expect(chunks).toBe(1);
      const numbers = (topic: string) =>
        broker.heard.filter((f) => f['topic'] === topic).map((f) => f['message']);
      expect(numbers('even')).toEqual(Array.from({ length: 50 }, (_, n) => 2 * n));
      expect(numbers('odd')).toEqual(Array.from({ length: 50 }, (_, n) => 2 * n + 1));
    });

    it('sends those with a delay among the others, in order, and again after a lost connection', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      let chunks = 0;
      broker.peer.socket.on('data', () => chunks++);
      broker.script = (_, { action }) => action === 'publish';
      const options = [{ delay: 50 }, undefined, { delay: 70, key: 'k' }, { delay: 0 }, undefined];
      const publishes = options.map((option, n) => client.publish('t', n, option));
      await broker.until(() => broker.heard.length === 5);
      expect(chunks).toBe(1);
      const first = broker.heard.splice(0);
      // No delay is one of 0.
      expect(first.map(({ message, delay = 0, key }) => ({ message, delay, key }))).toEqual(
        options.map((option, message) => ({ message, delay: option?.delay ?? 0, key: option?.key })),
      );
      broker.script = () => false;
      broker.peer.cut();
      await Promise.all(publishes);
      expect(broker.heard).toEqual(first);
    });

    it('gives each publish its own answer when some are refused', async () => {
      const { broker } = fixture;
      broker.script = (peer, frame) => {
        if (![2, 5].includes(frame['message'] as number)) return false;
        peer.refuse(frame, frame['message'] === 2 ? 'TOPIC_FULL' : 'VALIDATION_FAILED');
        return true;
      };
      const client = await fixture.connect();
      const publishes = Array.from({ length: 7 }, (_, n) => client.publish('t', n));
      expect(await outcomes(publishes)).toEqual([
        'confirmed',
        'confirmed',
        'TOPIC_FULL',
        'confirmed',
        'confirmed',
        'VALIDATION_FAILED',
        'confirmed',
      ]);
      await expect(client.publish('t', 2)).rejects.toMatchObject({ retriable: true, name: 'TopicFullError' });
    });

    it('refuses bad arguments without sending anything', async () => {
      const client = await fixture.connect();
      const cyclic: { self?: unknown } = {};
      cyclic.self = cyclic;
      const bad = [
        client.publish('t', undefined),
        client.publish('t', cyclic),
        client.publish('t', 1n),
        client.publish('a b', 1),
        client.publish('a.*', 1),
        client.publish(undefined as unknown as string, 1),
        client.publishRaw('t', Buffer.from('1}{"action":"get","topic":"t"')),
        client.publishRaw('t', Buffer.from('')),
        client.publish('t', 'x'.repeat(1024 * 1024)),
        client.publish('t', 1, { signal: AbortSignal.abort() }),
      ];
      expect(await outcomes(bad)).toEqual([
        ...Array.from({ length: 8 }, () => 'INVALID_FRAME'),
        'FRAME_TOO_LARGE',
        'ABORTED',
      ]);
      await client.publishRaw('t', Buffer.from('{"ж": [1, "–"]}'));
      expect(fixture.broker.heard).toMatchObject([{ message: { ж: [1, '–'] } }]);
    });

    it('refuses options that the broker would refuse, in its words', async () => {
      const client = await fixture.connect();
      const year = 366 * 24 * 3600 * 1000;
      const bad: [PublishOptions, string][] = [
        [{ priority: -1 }, 'priority must be an integer from 0 to 9'],
        [{ priority: 1.5 }, 'priority must be an integer from 0 to 9'],
        [{ delay: year + 1 }, `delay must be an integer from 0 to ${year}`],
        [{ delay: 1, deliverAt: 1 }, 'deliverAt must not be given together with delay'],
        [{ deliverAt: NaN }, `deliverAt must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}`],
        [{ ttl: 0 }, `ttl must be an integer from 1 to ${year}`],
        [{ key: '' }, 'key must be a string of 1 to 255 characters'],
        [{ key: '\ud800' }, 'key must be a string of 1 to 255 characters'],
        [{ messageId: 'x'.repeat(256) }, 'messageId must be a string of 1 to 255 characters'],
        [{ headers: { a: 1 as unknown as string } }, 'headers must be an object of at most 64 strings'],
        [
          { headers: [] as unknown as Record<string, string> },
          'headers must be an object of at most 64 strings',
        ],
      ];
      for (const [options, message] of bad) {
        const refusal = { code: 'INVALID_FRAME', message, field: message.split(' ')[0] };
        await expect(client.publish('t', 1, options)).rejects.toMatchObject(refusal);
        if (options.messageId === undefined)
          await expect(client.publishMany('t', [1, 2], options)).rejects.toMatchObject(refusal);
      }
      expect(fixture.broker.heard).toEqual([]);
      await client.publish('t', 1, { priority: 0, delay: 0, ttl: year, key: 'k', messageId: 'm' });
    });

    it('passes on what only the broker can tell', async () => {
      fixture.broker.script = (peer, frame) => {
        if (frame['deliverAt'] === 1) peer.refuse(frame, 'DELAY_OUT_OF_RANGE');
        return frame['deliverAt'] === 1;
      };
      const client = await fixture.connect();
      const past = client.publish('t', 1, { deliverAt: 1 });
      await expect(past).rejects.toMatchObject({ code: 'DELAY_OUT_OF_RANGE', name: 'DelayOutOfRangeError' });
      await client.publish('t', 1, { deliverAt: 2 });
    });

    it('keeps a publish and what is asked after it in order', async () => {
      const client = await fixture.connect();
      await Promise.all([client.publish('t', 1), client.get('t'), client.publish('t', 2)]);
      expect(fixture.broker.heard.map((frame) => frame.action)).toEqual(['publish', 'get', 'publish']);
    });
  });

  describe('publishes that wait for others', () => {
    beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }));
    afterEach(() => void jest.useRealTimers());

    const turns = async (): Promise<void> => {
      for (let left = 5; left > 0; left--) await new Promise(setImmediate);
    };

    it('go when the time is over, in one write, with the order kept', async () => {
      const { broker } = fixture;
      const client = await fixture.connect({ linger: 20 });
      let chunks = 0;
      broker.peer.socket.on('data', () => chunks++);
      const publishes = [client.publish('t', 1)];
      await turns();
      publishes.push(client.publish('t', 2));
      jest.advanceTimersByTime(19);
      await turns();
      expect(chunks).toBe(0);
      publishes.push(client.publish('t', 3));
      jest.advanceTimersByTime(1);
      await Promise.all(publishes);
      expect(chunks).toBe(1);
      expect(broker.heard.map(({ message }) => message)).toEqual([1, 2, 3]);
    });

    // From here on no time passes but what a test lets pass, so that only what it does lets them go.

    it('go before something else that is asked', async () => {
      const client = await fixture.connect({ linger: 10_000 });
      const waiting = client.publish('t', 1);
      await client.get('t');
      await waiting;
      expect(fixture.broker.heard.map(({ action }) => action)).toEqual(['publish', 'get']);
    });

    it('go when a batch is full', async () => {
      const client = await fixture.connect({ linger: 10_000 });
      await Promise.all(Array.from({ length: 4096 }, (_, n) => client.publish('t', n)));
      expect(fixture.broker.heardOf('publish')).toHaveLength(4096);
    });

    it('go when they are to be flushed', async () => {
      const client = await fixture.connect({ linger: 10_000 });
      const waiting = client.publish('t', 1);
      await client.flush();
      await waiting;
    });

    it('go when the client is drained', async () => {
      const client = await fixture.connect({ linger: 10_000 });
      const waiting = client.publish('t', 1);
      expect(await client.drain()).toEqual({ unconfirmed: 0, handling: 0, unanswered: 0 });
      await waiting;
    });

    it('go once the client is connected again', async () => {
      const { broker } = fixture;
      const client = await fixture.connect({ linger: 10_000 });
      const waiting = client.publish('t', 1);
      const lost = event(client, 'disconnected');
      broker.peer.cut();
      await lost;
      jest.advanceTimersByTime(100);
      await waiting;
      expect(broker.peers.map(({ heard }) => heard.length)).toEqual([0, 1]);
    });

    it('are rejected when the client is closed', async () => {
      const client = await fixture.connect({ linger: 10_000 });
      const waiting = client.publish('t', 1);
      await client.close();
      await expect(waiting).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
      expect(fixture.broker.heard).toEqual([]);
    });
  });

  describe('publishMany', () => {
    it('has one promise for all, which says which failed', async () => {
      fixture.broker.script = (peer, frame) => {
        if (frame['message'] !== 'b' && frame['message'] !== 'd') return false;
        peer.refuse(frame, 'TOPIC_FULL', 'Queue full');
        return true;
      };
      const client = await fixture.connect();
      await client.publishMany('t', []);
      await client.publishMany('t', ['a', 'c']);
      const oneId: PublishOptions = { messageId: 'would make a repeat of the second' };
      await client.publishMany('t', ['a', 'c'], oneId);
      expect(new Set(fixture.broker.heard.map((frame) => frame['messageId'])).size).toBe(4);
      const error = await client.publishMany('t', ['a', 'b', 'c', 'd']).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(PublishManyError);
      expect(error).toMatchObject({
        code: 'TOPIC_FULL',
        total: 4,
        failures: [{ index: 1 }, { index: 3 }],
      });
    });

    it('carries more than one batch', async () => {
      const client = await fixture.connect();
      const values = Array.from({ length: 20_000 }, (_, n) => n);
      await client.publishMany('t', values);
      expect(fixture.broker.heard.map((frame) => frame['message'])).toEqual(values);
      expect(new Set(fixture.broker.heard.map((frame) => frame['messageId'])).size).toBe(values.length);
    });

    it('takes all or none when the buffer is nearly full', async () => {
      fixture.broker.script = (_, frame) => frame.action === 'publish';
      const client = await fixture.connect({ maxUnconfirmed: 3 });
      const first = outcomes([client.publish('t', 1)]);
      await expect(client.publishMany('t', [2, 3, 4])).rejects.toMatchObject({ code: 'BUFFER_FULL' });
      const rest = outcomes([client.publishMany('t', [2, 3])]);
      await fixture.broker.until(() => fixture.broker.heard.length === 3);
      await client.close();
      expect([...(await first), ...(await rest)]).toEqual(['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN']);
    });
  });

  describe('unconfirmed publishes', () => {
    it('are sent again after a reconnect, in order, with the same message ids, and only those', async () => {
      const { broker } = fixture;
      // Confirms the first three, then cuts the line with the rest unanswered.
      broker.script = (peer, frame) => {
        if (peer !== broker.peers[0] || frame.action !== 'publish') return false;
        if (peer.heard.length === 3)
          peer.say(...[1, 2, 3].map(() => ({ status: 'success', message: 'Published' })));
        if (peer.heard.length === 10) peer.hangUp();
        return true;
      };
      const client = await fixture.connect();
      const publishes = Array.from({ length: 10 }, (_, n) => client.publish(`t${n % 2}`, n));
      await Promise.all(publishes);
      const [first, second] = broker.peers.map((peer) => peer.heard);
      expect(first).toHaveLength(10);
      expect(second).toEqual(first.slice(3));
      expect(client.unconfirmed).toBe(0);
    });

    it('are sent again whole when the line is cut in the middle of a confirm', async () => {
      const { broker } = fixture;
      broker.script = (peer, frame) => {
        if (peer !== broker.peers[0] || frame.action !== 'publish') return false;
        peer.raw('{"status":"success","message":"Published"}\n{"status":"succ');
        peer.hangUp();
        return true;
      };
      const client = await fixture.connect();
      const lost = event(client, 'disconnected');
      await Promise.all([client.publish('t', 1), client.publish('t', 2)]);
      expect((await lost).reason.message).toMatch(/middle of a frame/);
      expect(broker.peers[1].heard.map((frame) => frame['message'])).toEqual([2]);
    });

    it('are buffered while disconnected, up to the limit', async () => {
      const client = await fixture.connect({ maxUnconfirmed: 3, maxUnconfirmedBytes: 100 });
      const lost = event(client, 'disconnected');
      const port = await fixture.stopBroker();
      await lost;
      const publishes = [1, 2, 3].map((n) => client.publish('t', n));
      await expect(client.publish('t', 4)).rejects.toMatchObject({ code: 'BUFFER_FULL', retriable: true });
      fixture.broker = await fixture.startBroker(port);
      await Promise.all(publishes);
      expect(fixture.broker.heard.map((frame) => frame['message'])).toEqual([1, 2, 3]);
      await client.publish('t', 5);
      await expect(client.publish('t', 'x'.repeat(100))).rejects.toMatchObject({ code: 'BUFFER_FULL' });
    });

    it('become OUTCOME_UNKNOWN when the resend window passes, if they were written', async () => {
      const { broker } = fixture;
      const client = await fixture.connect({ resendWindow: 20 });
      broker.script = (_, frame) => frame.action === 'publish';
      const written = client.publish('t', 'written');
      const lost = event(client, 'disconnected');
      await broker.until(() => broker.heard.length === 1);
      const port = await fixture.stopBroker();
      await lost;
      const unwritten = client.publish('t', 'unwritten');
      await expect(written).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      fixture.broker = await fixture.startBroker(port);
      await unwritten;
      expect(fixture.broker.heard.map((frame) => frame['message'])).toEqual(['unwritten']);
    });

    it('keep their places when one among them has expired or was aborted', async () => {
      const { broker } = fixture;
      const client = await fixture.connect({ resendWindow: 20 });
      broker.script = (_, frame) => frame.action === 'publish';
      const abort = new AbortController();
      const expired = client.publish('t', 'expires');
      const aborted = client.publish('u', 'aborted', { signal: abort.signal });
      abort.abort();
      await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
      await expect(expired).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      const fresh = outcomes(['a', 'b'].map((value) => client.publish('t', value)));
      await broker.until(() => broker.heard.length === 3);
      // The confirm of the expired one, which comes late, must not be taken for that of the next.
      broker.peer.say({ status: 'success', message: 'Published' });
      broker.peer.say({ status: 'error', message: 'Queue full', code: 'TOPIC_FULL' });
      broker.peer.say({ status: 'success', message: 'Published' });
      expect(await fresh).toEqual(['TOPIC_FULL', 'confirmed']);
      expect(broker.heard.map((frame) => frame['message'])).toEqual(['expires', 'a', 'b']);
    });

    it.each(['SHUTTING_DOWN', 'CONNECTION_CLOSED'])(
      'are sent again when the broker ends the connection with %s, rather than refused',
      async (code) => {
        const { broker } = fixture;
        broker.script = (peer, frame) => {
          if (peer !== broker.peers[0] || frame.action !== 'publish') return false;
          peer.refuse(frame, code);
          return true;
        };
        const client = await fixture.connect();
        await client.publish('t', 1);
        expect(broker.peers).toHaveLength(2);
      },
    );

    it('do not come again for ever when the broker finds one too large', async () => {
      const { broker } = fixture;
      broker.script = (peer, frame) => {
        if (typeof frame['message'] !== 'string' || frame['message'].length < 100) return false;
        peer.say({ status: 'error', message: 'Frame larger than 100 bytes', code: 'FRAME_TOO_LARGE' });
        peer.hangUp();
        return true;
      };
      const client = await fixture.connect();
      const publishes = ['small', 'x'.repeat(200), 'small too'].map((value) => client.publish('t', value));
      expect(await outcomes(publishes)).toEqual(['confirmed', 'FRAME_TOO_LARGE', 'confirmed']);
    });

    it('are not confirmed by a pong that overtook their confirm', async () => {
      const { broker } = fixture;
      broker.script = (peer, frame) => peer === broker.peers[0] && frame.action === 'publish';
      const client = await fixture.connect({ heartbeatInterval: 10 });
      const lost = event(client, 'disconnected');
      await client.publish('t', 1);
      expect((await lost).reason.message).toMatch(/never answered/);
      expect(broker.heard.map((frame) => frame['message'])).toEqual([1, 1]);
    });

    it('can be waited for with flush', async () => {
      const { broker } = fixture;
      const held: (() => void)[] = [];
      broker.script = (peer, frame) => {
        if (frame.action !== 'publish') return false;
        held.push(() => peer.succeed(frame, 'Published'));
        return true;
      };
      const client = await fixture.connect();
      await client.flush();
      const confirmed: string[] = [];
      void client.publish('t', 1).then(() => confirmed.push('publish'));
      const flushed = client.flush().then(() => confirmed.push('flush'));
      await expect(client.flush({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
      await broker.until(() => held.length === 1);
      expect(confirmed).toEqual([]);
      held[0]();
      await flushed;
      expect(confirmed).toEqual(['publish', 'flush']);
    });

    it('go out in pieces when the broker does not read', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      broker.peer.socket.pause();
      const value = 'x'.repeat(100_000);
      const publishes = Array.from({ length: 150 }, (_, n) => client.publish('t', `${n} ${value}`));
      const later = client.publish('t', 'later');
      broker.peer.socket.resume();
      await Promise.all([...publishes, later]);
      expect(broker.heard.map((frame) => parseInt(frame['message'] as string, 10))).toEqual([
        ...Array.from({ length: 150 }, (_, n) => n),
        NaN,
      ]);
    });
  });
});
