import pino from 'pino';
import { FakePeer } from '@pochta/testing';
import { BrokerApp } from './broker-app';
import { BrokerConfig } from './config/broker-config';

const running: BrokerApp[] = [];
const peers: FakePeer[] = [];

afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
  await Promise.all(running.splice(0).map((app) => app.stop()));
});

interface Started {
  readonly app: BrokerApp;
  readonly peer: FakePeer;
  /** Lines of the log, at debug. */
  readonly log: Record<string, unknown>[];
  /** Where HTTP is answered. */
  readonly http: string;
}

async function start(settings: Partial<BrokerConfig> = {}): Promise<Started> {
  const log: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => log.push(JSON.parse(line) as Record<string, unknown>) };
  const logger = pino({ level: 'debug', base: undefined }, stream);
  const config = Object.assign(new BrokerConfig(), { engine: 'memory', port: 0, httpPort: 0, ...settings });
  const app = await BrokerApp.start(config, logger);
  running.push(app);
  const peer = await FakePeer.connect({ port: app.server.addresses[0].port });
  peers.push(peer);
  return { app, peer, log, http: `http://127.0.0.1:${app.httpAddresses[0]?.port}` };
}

describe('the topics of the broker', () => {
  it('takes prices as producers send them, and keeps them as they are', async () => {
    const { peer } = await start();
    const price =
      '{"symbol": "AAPL", "price": 150.0, "change": -0.50, "timestamp": 1700000000.123456, "venue": "X"}';
    peer.sendBytes(`{"action":"publish","topic":"stock_prices","message":${price}}\n`);
    expect(await peer.next()).toEqual({ status: 'success', message: 'Published' });
    peer.sendBytes('{"action":"get","topic":"stock_prices"}\n');
    expect(await peer.nextLine()).toBe(`{"status":"success","message":${price}}`);
  });

  it.each([
    ['symbol', { symbol: 5, price: 1, change: 1, timestamp: 1 }],
    ['price', { symbol: 'A', price: '1.5', change: 1, timestamp: 1 }],
    ['change', { symbol: 'A', price: 1, timestamp: 1 }],
    ['timestamp', { symbol: 'A', price: 1, change: 1, timestamp: null }],
  ])('refuses a price whose %s does not fit', async (field, message) => {
    const { peer } = await start();
    const answer = await peer.ask({ action: 'publish', topic: 'stock_prices', message });
    expect(answer).toMatchObject({ status: 'error', code: 'VALIDATION_FAILED' });
    expect(answer.message).toContain(`${field} must be`);
    expect(await peer.ask({ action: 'get', topic: 'stock_prices' })).toMatchObject({ code: 'NO_MESSAGES' });
  });

  it('takes lines of the chat, an empty text too', async () => {
    const { peer } = await start();
    const publish = (message: unknown) => peer.ask({ action: 'publish', topic: 'chat_room', message });
    expect(await publish({ user: 'ann', text: '', timestamp: 1700000000.5 })).toMatchObject({
      status: 'success',
    });
    expect(await publish({ user: 'ann', timestamp: 1700000000.5 })).toMatchObject({
      code: 'VALIDATION_FAILED',
      message: 'text must be a string',
    });
  });

  it('declares both with room for 1,000, and drops the oldest', async () => {
    const { app } = await start();
    for (const topic of ['stock_prices', 'chat_room']) {
      expect(app.server.broker.store.describe(topic)?.policy).toMatchObject({
        maxMessages: 1000,
        overflow: 'drop-oldest',
      });
    }
  });

  it('leaves test_topic to the default policy, and takes anything there', async () => {
    const { app, peer } = await start();
    expect(await peer.ask({ action: 'publish', topic: 'test_topic', message: ['?'] })).toMatchObject({
      status: 'success',
    });
    expect(app.server.broker.store.describe('test_topic')?.policy.overflow).toBe('reject');
  });

  it('says what time it is', async () => {
    const { peer } = await start();
    const { message } = await peer.ask({ action: 'request', topic: 'time.now', message: null });
    const { iso, timestamp } = message as { iso: string; timestamp: number };
    expect(new Date(iso).getTime() / 1000).toBe(timestamp);
  });
});

describe('the health of the broker', () => {
  it('is live and ready', async () => {
    const { http } = await start();
    const live = await fetch(`${http}/health/live`);
    expect([live.status, await live.json()]).toEqual([200, { status: 'live' }]);
    const ready = await fetch(`${http}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
    expect((await fetch(`${http}/nothing`)).status).toBe(404);
  });

  it('is not ready once the broker takes nothing in any more', async () => {
    const { app, http } = await start();
    await app.server.broker.drain();
    const ready = await fetch(`${http}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready' }]);
    expect((await fetch(`${http}/health/live`)).status).toBe(200);
  });

  it('answers on both loopback addresses, or not at all', async () => {
    const { app } = await start();
    expect(app.httpAddresses.map(({ host }) => host)).toContain('127.0.0.1');
    expect((await start({ httpPort: 'off' })).app.httpAddresses).toEqual([]);
  });
});

describe('the log of the broker', () => {
  it('has one line for the start and one for the stop, and connections and Nest only at debug', async () => {
    const { app, peer, log } = await start();
    await peer.ask({ action: 'publish', topic: 'chat_room', message: { user: 'secret', text: 5 } });
    await peer.ask({ action: 'publish', topic: 'test_topic', message: 'secret' });
    await peer.close();
    await app.stop();
    const info = log.filter(({ level }) => (level as number) >= 30).map(({ msg }) => msg as string);
    expect(info).toHaveLength(2);
    expect(info[0]).toMatch(
      /^Broker listens on 127\.0\.0\.1:\d+.*; HTTP: 127\.0\.0\.1:\d+.*; engine: memory; data: none$/,
    );
    expect(info[1]).toBe('Broker stopped');
    expect(log.some(({ context }) => context === 'RouterExplorer')).toBe(true);
    expect(JSON.stringify(log)).not.toContain('secret');
  });
});

describe('a broker that cannot start', () => {
  it('says which port is in use, and leaves nothing running', async () => {
    const { app } = await start();
    const { port } = app.server.addresses[0];
    const httpPort = app.httpAddresses[0].port;
    await expect(start({ port })).rejects.toMatchObject({
      code: 'ADDRESS_UNAVAILABLE',
      message: expect.stringContaining(`${port}`) as string,
    });
    await expect(start({ httpPort })).rejects.toMatchObject({
      code: 'ADDRESS_UNAVAILABLE',
      field: 'httpPort',
    });
  });

  it('names the port of the broker, not that of HTTP, when both are in use, as by the same broker', async () => {
    const { app } = await start();
    const { port } = app.server.addresses[0];
    await expect(start({ port, httpPort: app.httpAddresses[0].port })).rejects.toMatchObject({
      code: 'ADDRESS_UNAVAILABLE',
      message: expect.stringContaining(`Cannot listen on 127.0.0.1:${port}`) as string,
    });
  });

  it('takes no peers any more when only HTTP could not be had', async () => {
    const { app } = await start();
    const { port } = app.server.addresses[0];
    await app.server.stop();
    const httpPort = app.httpAddresses[0].port;
    await expect(start({ port, httpPort })).rejects.toMatchObject({ field: 'httpPort' });
    await expect(FakePeer.connect({ port })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

it('stops once, however often it is told to', async () => {
  const { app, peer, log } = await start();
  await peer.close();
  await Promise.all([app.stop(), app.stop()]);
  expect(log.filter(({ msg }) => msg === 'Broker stopped')).toHaveLength(1);
});
