import { Fixture, event } from '../testing';
import type { ClientEvents } from './client-events';
import { connect } from './connect';
import { CONNECT_DEFAULTS } from './connection/connect-options';

const fixture = new Fixture();
beforeEach(() => fixture.setUp());
afterEach(() => fixture.tearDown());

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeAll(() => process.on('unhandledRejection', note));
afterAll(() => {
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

describe('connect', () => {
  it('finds the first server that answers', async () => {
    const port = await fixture.stopBroker();
    fixture.broker = await fixture.startBroker();
    const client = await fixture.connect({
      servers: [`127.0.0.1:${port}`, `127.0.0.1:${fixture.broker.port}`],
    });
    expect(client.status).toBe('connected');
    expect(client.server).toBe(`127.0.0.1:${fixture.broker.port}`);
  });

  it('rejects when nobody answers', async () => {
    const port = await fixture.stopBroker();
    const failure = connect({ host: '127.0.0.1', port });
    await expect(failure).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('127.0.0.1'),
    });
    fixture.broker = await fixture.startBroker();
  });

  it('keeps trying when asked to, until the signal', async () => {
    const port = await fixture.stopBroker();
    const waiting = fixture.connect({ port, waitForFirstConnection: true });
    fixture.broker = await fixture.startBroker(port);
    expect((await waiting).status).toBe('connected');
    fixture.broker.answerPings = false;
    const abort = new AbortController();
    const given = fixture.connect({ port, waitForFirstConnection: true, signal: abort.signal });
    await fixture.broker.until(() => fixture.broker.peers.length === 2);
    abort.abort();
    await expect(given).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(connect({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('does not take one for a broker that is none, or does not answer in time', async () => {
    const { broker } = fixture;
    broker.answerPings = false;
    await expect(fixture.connect({ connectTimeout: 20 })).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
    });
    broker.script = (peer) => {
      peer.raw('HTTP/1.1 400 Bad Request\r\n\r\n');
      return true;
    };
    await expect(fixture.connect({ codec: 'json-lines' })).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
    });
    broker.script = (peer) => {
      peer.say({ status: 'error', message: 'Too many connections', code: 'TOO_MANY_CONNECTIONS' });
      peer.hangUp();
      return true;
    };
    await expect(fixture.connect()).rejects.toMatchObject({ cause: { code: 'TOO_MANY_CONNECTIONS' } });
  });

  it('has defaults that nobody changes for the others', () => {
    const changeable: { codec: string } = CONNECT_DEFAULTS;
    expect(() => (changeable.codec = 'json-lines')).toThrow(TypeError);
    expect(CONNECT_DEFAULTS.codec).toBe('binary');
  });

  it('refuses options that make no sense', async () => {
    await expect(connect({ port: 0 })).rejects.toMatchObject({ code: 'INVALID_CONFIG', field: 'port' });
    await expect(connect({ servers: [] })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      field: 'servers',
    });
    await expect(connect({ servers: ['a:b:c'] })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await expect(connect({ requestTimeout: -1 })).rejects.toMatchObject({ field: 'requestTimeout' });
    await expect(connect({ linger: 10_001 })).rejects.toMatchObject({ field: 'linger' });
    await expect(connect({ reconnect: { maxDelay: -1 } })).rejects.toMatchObject({ field: 'maxDelay' });
  });
});

describe('a connection', () => {
  it.each([
    ['sends garbage', 'garbage\n', 'INVALID_JSON'],
    ['answers what was not asked', '{"status":"success","message":"Published"}\n', 'CONNECTION_FAILED'],
    ['sends an endless line', `"${'x'.repeat(5000)}`, 'FRAME_TOO_LARGE'],
  ])('is dropped, and made anew, when the broker %s', async (_, text, code) => {
    const { broker } = fixture;
    const client = await fixture.connect({ codec: 'json-lines', maxFrameBytes: 2000 });
    const lost = event(client, 'disconnected');
    const back = event(client, 'reconnected');
    broker.peer.raw(text.length > 1000 ? `{"a":${text.repeat(20)}` : text);
    const { reason, reconnecting, server } = await lost;
    expect({ reconnecting, server }).toEqual({ reconnecting: true, server: `127.0.0.1:${broker.port}` });
    expect(reason.code).toMatch(new RegExp(`^(${code}|INVALID_FRAME|INVALID_JSON)$`));
    await back;
    await client.publish('t', 1);
  });

  it('is dropped when the peer is dead', async () => {
    const { broker } = fixture;
    const client = await fixture.connect({ heartbeatInterval: 10 });
    const lost = event(client, 'disconnected');
    broker.peer.socket.pause();
    expect((await lost).reason.message).toMatch(/silent/);
    await event(client, 'reconnected');
  });

  it('lives on pings alone', async () => {
    const client = await fixture.connect({ heartbeatInterval: 10 });
    let pings = 0;
    fixture.broker.script = (_, frame) => {
      if (frame.action === 'ping') pings++;
    };
    await fixture.broker.until(() => pings === 6);
    expect(fixture.broker.peers).toHaveLength(1);
    expect(client.status).toBe('connected');
  });

  it('is looked for with every server in turn, and given up after the attempts allowed', async () => {
    const other = await fixture.startBroker();
    const client = await fixture.connect({
      servers: [`127.0.0.1:${fixture.broker.port}`, `127.0.0.1:${other.port}`],
      reconnect: { initialDelay: 1, maxDelay: 2, maxAttempts: 4 },
    });
    const back = event(client, 'reconnected');
    await fixture.stopBroker();
    expect(await back).toEqual({ server: `127.0.0.1:${other.port}` });
    const failures: ClientEvents['attemptFailed'][] = [];
    client.on('attemptFailed', (failure) => failures.push(failure));
    fixture.broker = other;
    await fixture.stopBroker();
    expect(await client.closed).toMatchObject({ code: 'CONNECTION_FAILED' });
    expect(failures.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(failures[3].delay).toBeUndefined();
    expect(client.status).toBe('closed');
  });

  it('closes the client when it is lost and reconnecting is off', async () => {
    const client = await fixture.connect({ reconnect: false });
    const closed = event(client, 'closed');
    const publish = client.publish('t', 1).catch((error: unknown) => error);
    fixture.broker.script = (_, frame) => frame.action === 'publish';
    await fixture.broker.until(() => fixture.broker.heard.length === 1);
    fixture.broker.peer.cut();
    expect((await closed).reason).toMatchObject({ code: 'CONNECTION_FAILED' });
    expect(await publish).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });
});

describe('close', () => {
  it('ends all that waits, each with its code', async () => {
    const { broker } = fixture;
    const client = await fixture.connect();
    const subscription = await client.subscribe('t');
    const next = subscription[Symbol.asyncIterator]().next();
    broker.script = () => true;
    const waiting = [client.publish('t', 1), client.get('t'), client.subscribe('u'), client.request('t', 1)];
    await broker.until(() => broker.heard.length === 5);
    const results = Promise.allSettled(waiting);
    const unwritten = Promise.allSettled([client.publish('t', 2)]);
    await client.close();
    await client.close();
    const codes = [...(await results), ...(await unwritten)].map(
      (r) => r.status === 'rejected' && (r.reason as { code: string }).code,
    );
    expect(codes).toEqual([
      'OUTCOME_UNKNOWN',
      'CONNECTION_CLOSED',
      'CONNECTION_CLOSED',
      'CONNECTION_CLOSED',
      'CONNECTION_CLOSED',
    ]);
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await client.closed).toBeUndefined();
    for (const late of [
      client.publish('t', 1),
      client.get('t'),
      client.subscribe('t'),
      client.respond('t', () => 1),
    ]) {
      await expect(late).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    }
  });

  it('leaves no socket and no timer behind', async () => {
    const kinds = () =>
      process.getActiveResourcesInfo().filter((kind) => /Timeout|Immediate|TCPSocket/.test(kind)).length;
    const { broker } = fixture;
    const settled = async () => {
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    await settled();
    const before = kinds();
    const client = await fixture.connect();
    broker.script = () => true;
    void Promise.allSettled([client.publish('t', 1), client.request('t', 1), client.subscribe('t')]);
    await broker.until(() => broker.heard.length === 3);
    await client.close();
    await broker.until(() => broker.open === 0);
    await settled();
    expect(kinds()).toBe(before);
  });

  it('stops trying to reconnect', async () => {
    const client = await fixture.connect();
    const failed = event(client, 'attemptFailed');
    await fixture.stopBroker();
    await failed;
    await client.close();
    expect(await client.closed).toBeUndefined();
    fixture.broker = await fixture.startBroker();
  });
});

describe('drain', () => {
  it('lets consumers finish, and publish, then awaits confirms and closes', async () => {
    const { broker } = fixture;
    const client = await fixture.connect();
    const events: string[] = [];
    client.on('disconnected', () => events.push('disconnected'));
    client.on('closed', () => events.push('closed'));
    const subscription = await client.subscribe('t');
    const name = broker.heard[0]['subscription'];
    for (let n = 1; n <= 3; n++) broker.peer.push(name, 't', n, n);
    const seen: number[] = [];
    const consumer = (async () => {
      for await (const message of subscription) {
        if (seen.push(message.sequence) === 1) void client.drain();
        await client.publish('copies', message.sequence);
      }
    })();
    await consumer;
    expect(await client.closed).toBeUndefined();
    expect(seen).toEqual([1, 2, 3]);
    expect(events).toEqual(['closed']);
    expect(broker.heardOf('publish').map((frame) => frame['message'])).toEqual([1, 2, 3]);
    expect(broker.heardOf('unsubscribe')).toHaveLength(1);
  });

  it('finishes the replies under way, and takes nothing new', async () => {
    const { broker } = fixture;
    const client = await fixture.connect();
    let draining: Promise<unknown> | undefined;
    await client.respond('t', async () => {
      draining = client.drain();
      await expect(client.subscribe('u')).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
      expect(client.status).toBe('draining');
      return 'done';
    });
    broker.peer.say({ type: 'request', topic: 't', correlationId: 'c', message: 1 });
    await broker.until(() => broker.heardOf('reply').length === 1);
    await draining;
    expect(broker.heardOf('reply')).toMatchObject([{ correlationId: 'c', message: 'done' }]);
    expect(client.status).toBe('closed');
  });

  it('gives up in time, or when told to', async () => {
    fixture.broker.script = (_, frame) => frame.action === 'publish';
    const [first, second] = [await fixture.connect(), await fixture.connect()];
    const publishes = Promise.allSettled([first.publish('t', 1), second.publish('t', 1)]);
    await fixture.broker.until(() => fixture.broker.heard.length === 2);
    await first.drain({ timeout: 10 });
    await second.drain({ signal: AbortSignal.abort() });
    expect(await publishes).toMatchObject([
      { reason: { code: 'OUTCOME_UNKNOWN' } },
      { reason: { code: 'OUTCOME_UNKNOWN' } },
    ]);
  });
});
