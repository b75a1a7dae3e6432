import { CODECS, Fixture, event, type Heard } from '../../testing';
import { errorFor } from '@pochta/protocol';
import { ResponderError } from '../errors';

describe.each(CODECS)('over %s:', (codec) => {
  const fixture = new Fixture(codec);
  beforeEach(() => fixture.setUp());
  afterEach(() => fixture.tearDown());

  const requests = (from = 0): Heard[] => fixture.broker.heardOf('request').slice(from);
  const silent = (action: string) => (_: unknown, frame: Heard) => frame.action === action;

  describe('get', () => {
    it('takes a value, and undefined off an empty topic', async () => {
      const { broker } = fixture;
      const values: unknown[] = ['pong', null, { a: 1 }];
      broker.script = (peer, frame) => {
        if (frame.action !== 'get' || values.length === 0) return false;
        peer.succeed(frame, values.shift());
        return true;
      };
      const client = await fixture.connect();
      const got = [
        await client.get('t'),
        await client.get('t'),
        await client.get('t'),
        await client.get('t'),
      ];
      expect(got).toEqual(['pong', null, { a: 1 }, undefined]);
    });

    it('is never sent twice', async () => {
      const { broker } = fixture;
      broker.script = silent('get');
      const client = await fixture.connect();
      const get = client.get('t');
      const back = event(client, 'reconnected');
      await broker.until(() => broker.heard.length === 1);
      broker.peer.cut();
      await expect(get).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      await back;
      await client.publish('t', 'a round trip');
      expect(broker.heardOf('get')).toHaveLength(1);
    });

    it('waits for the connection when it was not sent, within its time', async () => {
      const client = await fixture.connect({ requestTimeout: 200 });
      const lost = event(client, 'disconnected');
      const port = await fixture.stopBroker();
      await lost;
      const get = client.get('t');
      fixture.broker = await fixture.startBroker(port);
      expect(await get).toBeUndefined();
      fixture.broker.script = silent('get');
      await expect(client.get('t')).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
    });
  });

  describe('request', () => {
    it('matches replies by id, in whatever order they come', async () => {
      const { broker } = fixture;
      broker.script = silent('request');
      const client = await fixture.connect();
      const all = [1, 2, 3].map((n) => client.request('double', n, { headers: { n: `${n}` } }));
      await broker.until(() => requests().length === 3);
      expect(requests()[0]).toMatchObject({
        topic: 'double',
        message: 1,
        headers: { n: '1' },
        timeout: 30_000,
      });
      for (const frame of requests().reverse()) broker.peer.succeed(frame, 2 * (frame['message'] as number));
      expect(await Promise.all(all)).toEqual([2, 4, 6]);
    });

    it('may go to the broker itself, on a reserved topic', async () => {
      const client = await fixture.connect();
      await expect(client.request('$pochta.topics.list', {})).rejects.toMatchObject({
        code: 'NO_RESPONDERS',
      });
      await expect(client.request('$pochta.*', {})).rejects.toMatchObject({ code: 'INVALID_FRAME' });
      await expect(client.publish('$pochta.topics.list', {})).rejects.toMatchObject({
        code: 'INVALID_FRAME',
      });
    });

    it('rejects with what the broker or the responder says', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      await expect(client.request('t', 1)).rejects.toMatchObject({ code: 'NO_RESPONDERS', retriable: true });
      broker.script = (peer, frame) => {
        peer.refuse(frame, 'OUT_OF_STOCK', 'no more');
        return frame.action === 'request';
      };
      const refusal = await client.request('t', 1).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(ResponderError);
      expect(refusal).toMatchObject({
        code: 'REQUEST_FAILED',
        responderCode: 'OUT_OF_STOCK',
        message: 'no more',
      });
    });

    it('gives up on time or signal, tells the broker, and ignores what comes too late', async () => {
      const { broker } = fixture;
      broker.script = silent('request');
      const client = await fixture.connect();
      await expect(client.request('t', 1, { timeout: 10 })).rejects.toMatchObject({
        code: 'REQUEST_TIMEOUT',
      });
      const abort = new AbortController();
      const aborted = client.request('t', 2, { signal: abort.signal });
      await broker.until(() => requests().length === 2);
      abort.abort();
      await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
      await broker.until(() => broker.heardOf('cancel').length === 2);
      expect(broker.heardOf('cancel').map(({ id }) => id)).toEqual(requests().map(({ id }) => id));
      for (const frame of requests()) broker.peer.succeed(frame, 'late');
      await client.publish('t', 'still connected');
      expect(broker.peers).toHaveLength(1);
    });

    it('rejects when the connection is lost, for the responder may have acted', async () => {
      const { broker } = fixture;
      broker.script = silent('request');
      const client = await fixture.connect();
      const request = client.request('t', 1);
      await broker.until(() => requests().length === 1);
      broker.peer.cut();
      await expect(request).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    });

    it('is called off also when the client closes at once after it was aborted', async () => {
      const { broker } = fixture;
      broker.script = silent('request');
      const client = await fixture.connect();
      const stop = new AbortController();
      const asked = client.request('t', 1, { signal: stop.signal });
      await broker.until(() => requests().length === 1);
      stop.abort();
      await expect(asked).rejects.toMatchObject({ code: 'ABORTED' });
      await client.close();
      await broker.until(() => broker.heardOf('cancel').length === 1);
      expect(broker.heardOf('cancel')).toMatchObject([{ id: requests()[0].id }]);
    });

    it('reads a reply in parts', async () => {
      const { broker } = fixture;
      broker.script = (peer, frame) => {
        if (frame.action !== 'request') return false;
        peer.succeed(frame, 'a', { more: true });
        peer.succeed(frame, 'b', { more: true });
        if (frame['message'] === 'fails') peer.refuse(frame, 'REQUEST_FAILED', 'broke off');
        else if (frame['message'] !== 'endless') peer.succeed(frame, 'c');
        return true;
      };
      const client = await fixture.connect();
      const parts: unknown[] = [];
      for await (const part of client.requestMany('t', 1)) parts.push(part);
      expect(parts).toEqual(['a', 'b', 'c']);
      for await (const part of client.requestMany('t', 'endless')) {
        parts.push(part);
        break;
      }
      await broker.until(() => broker.heardOf('cancel').length === 1);
      const failing = client.requestMany('t', 'fails')[Symbol.asyncIterator]();
      expect([(await failing.next()).value, (await failing.next()).value]).toEqual(['a', 'b']);
      await expect(failing.next()).rejects.toMatchObject({ code: 'REQUEST_FAILED', message: 'broke off' });
      expect(await client.request('t', 1)).toBe('a');
    });
  });

  describe('a reply in parts', () => {
    const end = (frame: Heard) => fixture.broker.peer.succeed(frame, null, { end: true });

    it('may end behind its last part, or without any', async () => {
      const { broker } = fixture;
      broker.script = (peer, frame) => {
        if (frame.action !== 'request') return false;
        if (frame['message'] !== 'none') peer.succeed(frame, null, { more: true });
        end(frame);
        return true;
      };
      const client = await fixture.connect();
      const partsOf = async (question: string) => {
        const parts: unknown[] = [];
        for await (const part of client.requestMany('t', question)) parts.push(part);
        return parts;
      };
      expect(await partsOf('one')).toEqual([null]);
      expect(await partsOf('none')).toEqual([]);
      expect(await client.request('t', 'none')).toBeUndefined();
      expect(broker.heardOf('cancel')).toEqual([]);
    });
  });

  describe('respond', () => {
    const ask = (correlationId: string, message: unknown, topic = 't') =>
      fixture.broker.peer.say({ type: 'request', topic, correlationId, message, headers: { h: '1' } });
    const replies = () => fixture.broker.heardOf('reply').map(({ action: _, ...reply }) => reply);

    it('answers with values, parts and errors', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      await client.respond<string>('t', ({ value, headers, topic }) => {
        if (value === 'value') return { topic, headers };
        if (value === 'nothing') return undefined;
        if (value === 'parts') return parts();
        if (value === 'code') throw errorFor('FORBIDDEN', 'not you');
        throw new Error('broken');
      });
      async function* parts() {
        yield 1;
        yield 2;
        await Promise.resolve();
        yield 3;
      }
      for (const [index, value] of ['value', 'nothing', 'parts', 'code', 'other'].entries())
        ask(`c${index}`, value);
      await broker.until(() => replies().length === 8);
      const of = (correlationId: string) =>
        replies().filter((reply) => reply['correlationId'] === correlationId);
      expect(of('c0')).toEqual([{ correlationId: 'c0', message: { topic: 't', headers: { h: '1' } } }]);
      expect(of('c1')).toEqual([{ correlationId: 'c1', message: null }]);
      expect(of('c2')).toEqual([
        { correlationId: 'c2', message: 1, more: true },
        { correlationId: 'c2', message: 2, more: true },
        { correlationId: 'c2', message: 3, more: true },
        { correlationId: 'c2' },
      ]);
      expect(of('c3')).toEqual([{ correlationId: 'c3', error: { code: 'FORBIDDEN', message: 'not you' } }]);
      expect(of('c4')).toEqual([
        { correlationId: 'c4', error: { code: 'REQUEST_FAILED', message: 'broken' } },
      ]);
    });

    it('tells the handler when nobody waits any more, and sends no reply then', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      const reasons: unknown[] = [];
      await client.respond('t', async ({ value, signal }) => {
        if (value === 'quick') return 'done';
        broker.peer.say({ type: 'cancel', correlationId: 'slow' });
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        reasons.push(signal.reason);
        ask('quick', 'quick');
        return 'too late';
      });
      ask('slow', 'slow');
      await broker.until(() => replies().length === 1);
      expect(replies()).toEqual([{ correlationId: 'quick', message: 'done' }]);
      expect(reasons).toMatchObject([{ code: 'REQUEST_CANCELLED' }]);
    });

    it('is registered again after a reconnect', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      await client.respond('t', ({ value }) => value);
      await expect(client.respond('t', () => 1)).rejects.toMatchObject({ code: 'ALREADY_SUBSCRIBED' });
      broker.peer.cut();
      await broker.until(() => broker.heardOf('respond').length === 2);
      ask('c', 'again');
      await broker.until(() => replies().length === 1);
      expect(replies()).toEqual([{ correlationId: 'c', message: 'again' }]);
    });

    it('can be stopped, and started again', async () => {
      const { broker } = fixture;
      const client = await fixture.connect();
      const abort = new AbortController();
      const responder = await client.respond('t', () => 1, { signal: abort.signal });
      abort.abort();
      await responder.stop();
      ask('a', 1);
      await broker.until(() => replies().length === 1);
      expect(replies()).toMatchObject([{ error: { code: 'NO_RESPONDERS' } }]);
      expect(broker.heardOf('unrespond')).toMatchObject([{ topic: 't' }]);
      await responder.stop();
      await client.respond('t', () => 2);
      expect(broker.heardOf('unrespond')).toHaveLength(1);
      expect(broker.heardOf('respond')).toHaveLength(2);
      ask('b', 1);
      await broker.until(() => replies().length === 2);
      expect(replies()[1]).toMatchObject({ message: 2 });
    });

    it('rejects when the broker refuses', async () => {
      fixture.broker.script = (peer, frame) => {
        if (frame.action !== 'respond') return false;
        peer.refuse(frame, 'FORBIDDEN');
        return true;
      };
      const client = await fixture.connect();
      await expect(client.respond('t', () => 1)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    });
  });
});
