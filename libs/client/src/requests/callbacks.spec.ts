import { cleanUp, eventually, startBroker, type StartedBroker } from '@pochta/testing';
import { CODECS } from '../../testing';
import { connect, RawPayload, ResponderError, type Client, type PochtaError, type Reply } from '../index';

describe.each(CODECS)('over %s:', (codec) => {
  let broker: StartedBroker;
  let asking: Client;
  let responding: Client;
  const clients: Client[] = [];

  beforeEach(async () => {
    broker = await startBroker();
    asking = await client();
    responding = await client();
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((one) => one.close()));
    await cleanUp();
  });

  async function client(): Promise<Client> {
    const made = await connect({ host: '127.0.0.1', port: broker.port, codec });
    clients.push(made);
    return made;
  }

  /** Asks by callbacks; resolves with all that was told once the request is over. */
  function ask(topic: string, value: unknown, options = {}): Promise<unknown[]> {
    return new Promise((resolve) => {
      const told: unknown[] = [];
      asking.startRequest(
        topic,
        value,
        {
          onReply: (reply, more) => {
            told.push(more ? [reply.value] : reply.value);
            if (!more) resolve(told);
          },
          onEnd: () => resolve([...told, 'end']),
          onError: (error) => resolve([...told, error]),
        },
        options,
      );
    });
  }

  describe('a reply by callbacks', () => {
    it('is one value, parts, parts with an end, or an end alone', async () => {
      await responding.respondWith<string>('r', ({ value }, reply) => {
        if (value === 'one') return reply.send({ n: 1 });
        if (value !== 'none') for (const part of [1, 2]) reply.part(part);
        if (value === 'last') reply.send(3);
        else reply.end();
      });
      expect(await ask('r', 'one')).toEqual([{ n: 1 }]);
      expect(await ask('r', 'last')).toEqual([[1], [2], 3]);
      expect(await ask('r', 'parts')).toEqual([[1], [2], 'end']);
      expect(await ask('r', 'none')).toEqual(['end']);
    });

    it('may come at any later time, in any order', async () => {
      const open: Reply[] = [];
      await responding.respondWith('r', (_, reply) => void open.push(reply));
      const both = [ask('r', 1), ask('r', 2)];
      await eventually(() => open.length === 2);
      open[1].send('second');
      expect(await both[1]).toEqual(['second']);
      open[0].send('first');
      expect(await both[0]).toEqual(['first']);
      expect(open.map(({ over }) => over)).toEqual([true, true]);
    });

    it('says no more once it is over', async () => {
      await responding.respondWith('r', (_, reply) => {
        reply.send(1);
        reply.send(2);
        reply.part(3);
        reply.fail({ message: 'no' });
        reply.end();
      });
      expect(await ask('r', 0)).toEqual([1]);
      expect(await ask('r', 0)).toEqual([1]);
    });

    it('may be bytes of any content type', async () => {
      await responding.respondWith('r', ({ bytes, contentType }, reply) =>
        reply.send(new RawPayload(bytes, contentType)),
      );
      expect(await ask('r', new RawPayload(Buffer.of(0, 255), 'a/b'))).toEqual([Buffer.of(0, 255)]);
    });

    it('that cannot be sent is told at once, and another may be sent instead', async () => {
      const codes: unknown[] = [];
      await responding.respondWith('r', (_, reply) => {
        for (const bad of [() => undefined, new RawPayload(Buffer.of(0)), 'x'.repeat(1024 * 1024)]) {
          try {
            reply.send(bad);
          } catch (error) {
            codes.push((error as PochtaError).code);
          }
        }
        try {
          reply.fail({ code: '', message: 'empty' });
        } catch (error) {
          codes.push((error as PochtaError).code);
        }
        reply.send('good');
      });
      expect(await ask('r', 0)).toEqual(['good']);
      expect(codes).toEqual(['INVALID_FRAME', 'INVALID_FRAME', 'FRAME_TOO_LARGE', 'INVALID_FRAME']);
    });
  });

  describe('an error by callbacks', () => {
    it('has a code of Pochta or the responder has its own, however it is said', async () => {
      await responding.respondWith<string>('r', ({ value }, reply) => {
        if (value === 'own') return reply.fail({ code: 'OUT_OF_STOCK', message: 'no more' });
        if (value === 'class') return reply.fail(new ResponderError('OUT_OF_STOCK', 'no more'));
        if (value === 'none') return reply.fail({ message: 'no code' });
        if (value === 'thrown') throw new ResponderError('OUT_OF_STOCK', 'thrown');
        reply.part(1);
        return reply.fail(new Error('broken'));
      });
      const own = { code: 'REQUEST_FAILED', responderCode: 'OUT_OF_STOCK', message: 'no more' };
      expect(await ask('r', 'own')).toMatchObject([own]);
      expect(await ask('r', 'class')).toMatchObject([own]);
      expect((await ask('r', 'own'))[0]).toBeInstanceOf(ResponderError);
      expect(await ask('r', 'none')).toMatchObject([{ code: 'REQUEST_FAILED', message: 'no code' }]);
      expect(await ask('r', 'thrown')).toMatchObject([{ ...own, message: 'thrown' }]);
      expect(await ask('r', 'parts')).toMatchObject([[1], { code: 'REQUEST_FAILED', message: 'broken' }]);
    });

    it('is told for what the broker, the time and the signal say', async () => {
      expect(await ask('nobody', 0)).toMatchObject([{ code: 'NO_RESPONDERS' }]);
      await responding.respondWith('slow', () => undefined);
      expect(await ask('slow', 0, { timeout: 20 })).toMatchObject([{ code: 'REQUEST_TIMEOUT' }]);
      const aborted = { signal: AbortSignal.abort() };
      expect(await ask('slow', 0, aborted)).toMatchObject([{ code: 'ABORTED' }]);
    });

    it('is thrown for arguments that make no sense, and for a client that is closed', async () => {
      const observer = { onReply: () => undefined, onEnd: () => undefined, onError: () => undefined };
      const start = (topic: string, value: unknown, options = {}) =>
        expect(() => asking.startRequest(topic, value, observer, options));
      start('a b', 0).toThrow(expect.objectContaining({ code: 'INVALID_FRAME', field: 'topic' }));
      start('t', () => 0).toThrow(expect.objectContaining({ field: 'message' }));
      start('t', 0, { timeout: 0 }).toThrow(expect.objectContaining({ field: 'timeout' }));
      await asking.close();
      start('t', 0).toThrow(expect.objectContaining({ code: 'CONNECTION_CLOSED' }));
    });
  });

  describe('giving up', () => {
    it('reaches the responder, and the observer hears nothing any more', async () => {
      const reasons: string[] = [];
      const told: unknown[] = [];
      const open: Reply[] = [];
      await responding.respondWith('r', (_, reply) => {
        reply.part(1);
        reply.onCancel(({ code }) => reasons.push(code));
        open.push(reply);
      });
      const note = (what: unknown) => void told.push(what);
      const giveUp = asking.startRequest('r', 0, { onReply: note, onEnd: () => note('end'), onError: note });
      await eventually(() => told.length === 1);
      giveUp();
      await eventually(() => reasons.length === 1);
      open[0].send('too late');
      open[0].onCancel(({ code }) => reasons.push(`again ${code}`));
      giveUp();
      await asking.publish('t', 'a round trip');
      expect(reasons).toEqual(['REQUEST_CANCELLED', 'again REQUEST_CANCELLED']);
      expect(open[0].over).toBe(true);
      expect(told).toHaveLength(1);
    });

    it('does nothing once the request is over', async () => {
      await responding.respondWith('r', (_, reply) => reply.send(1));
      let giveUp!: () => void;
      await new Promise<void>((resolve) => {
        giveUp = asking.startRequest('r', 0, {
          onReply: () => resolve(),
          onEnd: () => undefined,
          onError: () => undefined,
        });
      });
      giveUp();
      expect(await ask('r', 0)).toEqual([1]);
    });

    it('is what a lost connection does, on both sides', async () => {
      const reasons: string[] = [];
      const open: Reply[] = [];
      await responding.respondWith('r', (_, reply) => {
        reply.onCancel(({ code }) => reasons.push(code));
        open.push(reply);
      });
      const told = ask('r', 0);
      await eventually(() => open.length === 1);
      await broker.restart();
      const code: unknown = expect.stringMatching(/OUTCOME_UNKNOWN|SHUTTING_DOWN/);
      expect(await told).toMatchObject([{ code }]);
      await eventually(() => reasons.length === 1);
      expect(open[0].over).toBe(true);
    });
  });

  describe('a callback that throws', () => {
    it('is told of by handlerFailed, and costs the connection nothing', async () => {
      const failed: unknown[] = [];
      asking.on('handlerFailed', ({ topic, error }) => failed.push([topic, (error as Error).message]));
      await responding.respondWith('r', (_, reply) => reply.send(1));
      const throws = (text: string) => () => {
        throw new Error(text);
      };
      const observer = { onReply: throws('reply'), onEnd: throws('end'), onError: throws('error') };
      asking.startRequest('r', 0, observer);
      asking.startRequest('nobody', 0, observer);
      await eventually(() => failed.length === 2);
      expect(failed).toContainEqual(['r', 'reply']);
      expect(failed).toContainEqual(['nobody', 'error']);
      expect(await ask('r', 0)).toEqual([1]);
    });

    it('of a responder is replied, or told when the reply is over', async () => {
      const failed: unknown[] = [];
      responding.on('handlerFailed', ({ topic, error }) => failed.push([topic, (error as Error).message]));
      await responding.respondWith<string>('r', ({ value }, reply) => {
        if (value === 'after') reply.send('fine');
        throw new Error(value);
      });
      // What is typed as a callback may be an async function all the same.
      await responding.respondWith<string>(
        'async',
        ({ value }) => Promise.reject(new Error(value)) as unknown as void,
      );
      expect(await ask('r', 'before')).toMatchObject([{ code: 'REQUEST_FAILED', message: 'before' }]);
      expect(await ask('r', 'after')).toEqual(['fine']);
      expect(await ask('async', 'later')).toMatchObject([{ code: 'REQUEST_FAILED', message: 'later' }]);
      expect(failed).toEqual([['r', 'after']]);
    });
  });

  it('a responder that stops, and a drain, wait for the replies that are open', async () => {
    const open: Reply[] = [];
    const responder = await responding.respondWith('r', (_, reply) => void open.push(reply));
    const told = [ask('r', 1), ask('r', 2)];
    await eventually(() => open.length === 2);
    let stopped = false;
    const stop = responder.stop().then(() => (stopped = true));
    open[0].send('a');
    expect(await told[0]).toEqual(['a']);
    expect(stopped).toBe(false);
    const drained = responding.drain();
    open[1].send('b');
    await stop;
    expect(await drained).toMatchObject({ handling: 0 });
    expect(await told[1]).toEqual(['b']);
  });

  it('the signal of a request is there for handlers that reply by callbacks, too', async () => {
    const reasons: unknown[] = [];
    await responding.respondWith('r', ({ signal }) =>
      signal.addEventListener('abort', () => reasons.push((signal.reason as PochtaError).code)),
    );
    await ask('r', 0, { timeout: 20 });
    await eventually(() => reasons.length === 1);
    expect(reasons).toEqual(['REQUEST_CANCELLED']);
  });
});
