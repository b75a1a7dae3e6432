import { cleanUp, countWritten, eventually, expectInOrder, startBroker } from '@pochta/testing';
import { Duplex } from 'node:stream';
import { event } from '../testing';
import { connect, type Client, type ConnectOptions } from '.';

const reconnect = { initialDelay: 1, maxDelay: 10 };

describe('a client without TCP', () => {
  let clients: Client[] = [];
  const open = async (options: ConnectOptions): Promise<Client> => {
    const client = await connect({ reconnect, ...options });
    clients.push(client);
    return client;
  };
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    clients = [];
    await cleanUp();
  });

  it('publishes, subscribes and requests, as with TCP', async () => {
    const { server } = await startBroker();
    const client = await open({ socket: () => server.openSocket() });
    expect(client.server).toBe('in-process');
    const got: unknown[] = [];
    await client.subscribe('t', { onMessage: ({ value }) => void got.push(value) });
    await client.respond('q', ({ value }) => ({ echo: value }));
    await client.publish('t', 1);
    expect(await client.request('q', 2)).toEqual({ echo: 2 });
    await eventually(() => got.length === 1);
    expect(got).toEqual([1]);
  });

  it('lives on pings, or without', async () => {
    const { server } = await startBroker();
    const [lively, quiet] = [server.openSocket(), server.openSocket()];
    const [pings, none] = [countWritten(lively, 'ping'), countWritten(quiet, 'ping')];
    const client = await open({ socket: () => lively, heartbeatInterval: 5, codec: 'json-lines' });
    let lost = false;
    client.on('disconnected', () => (lost = true));
    const silent = await open({ socket: () => quiet, heartbeatInterval: 0, codec: 'json-lines' });
    await silent.publish('t', 1);
    await eventually(() => pings() >= 10);
    expect(lost).toBe(false);
    expect(none()).toBe(0);
  });

  it('comes back with a new socket, and loses and doubles nothing', async () => {
    const broker = await startBroker({ engine: 'lmdb' });
    const sockets: Duplex[] = [];
    const socket = (): Duplex => {
      sockets.push(broker.server.openSocket());
      return sockets.at(-1)!;
    };
    const client = await open({ socket });
    const got: number[] = [];
    await client.subscribe<number>('t', { onMessage: ({ value }) => void got.push(value) });
    const failures: unknown[] = [];
    client.on('attemptFailed', ({ server, reason }) => failures.push([server, reason.code]));
    let published = 0;
    const publishSome = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 100 }, () => client.publish('t', ++published)));
    await publishSome();
    const back = event(client, 'reconnected');
    const more = publishSome();
    sockets[0].destroy();
    expect(await back).toEqual({ server: 'in-process' });
    await more;
    const again = event(client, 'reconnected');
    await broker.server.stop();
    await eventually(() => failures.length > 0);
    await broker.restart();
    await again;
    await publishSome();
    await eventually(() => got.length === 300);
    expectInOrder(got, 1, 300);
    expect(failures[0]).toEqual(['in-process', 'CONNECTION_FAILED']);
  });

  it('counts what the option throws, or gives that is no stream, as an attempt that failed', async () => {
    const refused = new Error('no way in');
    const thrown = connect({
      socket: () => {
        throw refused;
      },
    });
    await expect(thrown).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: 'in-process cannot be reached: no way in',
      cause: { code: 'CONNECTION_FAILED', cause: refused },
    });
    const nothing = connect({ host: 'broker', port: 1, socket: () => undefined as unknown as Duplex });
    await expect(nothing).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('broker:1 cannot be reached'),
    });
    const { server } = await startBroker();
    let attempts = 0;
    const socket = (): Duplex => {
      if (++attempts < 3) throw refused;
      return server.openSocket();
    };
    const client = await open({ socket, waitForFirstConnection: true });
    expect(client.status).toBe('connected');
    expect(attempts).toBe(3);
  });

  it('gives up a stream that does not answer', async () => {
    const dead: Duplex[] = [];
    const socket = (): Duplex => {
      dead.push(new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() }));
      return dead[0];
    };
    await expect(connect({ socket, connectTimeout: 20 })).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
    });
    expect(dead[0].destroyed).toBe(true);
  });

  it('drains: what it has is handled and acked, and the broker sees it go', async () => {
    const { server } = await startBroker();
    const publisher = await open({ socket: () => server.openSocket() });
    const client = await open({ socket: () => server.openSocket() });
    let finish!: () => void;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let handled = 0;
    await client.subscribe('t', {
      group: 'g',
      onMessage: async () => {
        await finished;
        handled++;
      },
    });
    await publisher.publishMany('t', [1, 2, 3]);
    await eventually(() => server.broker.store.groups('t')[0].inFlight === 3);
    const draining = client.drain();
    finish();
    expect(await draining).toEqual({ unconfirmed: 0, handling: 0, unanswered: 0 });
    expect(handled).toBe(3);
    await eventually(() => server.connections === 1);
    expect(server.broker.store.groups('t')[0]).toMatchObject({ ackFloor: 4, inFlight: 0, members: 0 });
  });

  it('closing it leaves no handle and no connection', async () => {
    const { server } = await startBroker();
    const client = await open({ socket: () => server.openSocket() });
    await client.subscribe('t');
    await client.close();
    await eventually(() => server.connections === 0);
  });

  it('moves a lot both ways at once, held back by who reads slowly, not by memory', async () => {
    const { server } = await startBroker({ defaults: { maxMessages: 100_000 } });
    const publisher = await open({ socket: () => server.openSocket() });
    const subscriber = await open({ socket: () => server.openSocket() });
    const [count, filling] = [2000, 'x'.repeat(20_000)];
    const subscription = await subscriber.subscribe<{ n: number }>('t');
    const publishing = (async () => {
      for (let n = 0; n < count; n += 100) {
        await publisher.publishMany(
          't',
          Array.from({ length: 100 }, (_, i) => ({ n: n + i, filling })),
        );
      }
    })();
    const got: number[] = [];
    for await (const { value } of subscription) {
      if (got.push(value.n) === count) break;
      if (got.length % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await publishing;
    expectInOrder(got, 0, count - 1);
  }, 30_000);
});
