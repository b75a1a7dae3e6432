import { COMPRESSIONS, type CompressionName } from '@pochta/protocol';
import { cleanUp, FakePeer, startBroker, type StartBrokerOptions, type StartedBroker } from '@pochta/testing';
import { connect as connectSocket, type Socket } from 'node:net';
import { event, Fixture } from '../testing';
import { connect, type Client, type ConnectOptions } from './index';

const NAMES = COMPRESSIONS.map(({ name }) => name);
const VALUES = Array.from({ length: 500 }, (_, n) => ({ n, state: 'as usual', text: 'é'.repeat(n % 50) }));

let broker: StartedBroker;
const clients: Client[] = [];
const start = async (options: StartBrokerOptions = {}): Promise<void> => {
  broker = await startBroker({ defaults: { maxMessages: 100_000 }, ...options });
};
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await cleanUp();
});

/** A client, and the sockets it has had. */
async function watched(options: ConnectOptions): Promise<{ client: Client; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const socket = (): Socket => {
    sockets.push(connectSocket({ host: '127.0.0.1', port: broker.port, noDelay: true }));
    return sockets[sockets.length - 1];
  };
  const client = await connect({ socket, reconnect: { initialDelay: 1, maxDelay: 10 }, ...options });
  clients.push(client);
  return { client, sockets };
}
const client = async (options: ConnectOptions): Promise<Client> => (await watched(options)).client;

/** What a subscription to the topic is pushed, as many as there are values. */
async function read(subscriber: Client, topic: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  const subscription = await subscriber.subscribe(topic);
  for await (const { value } of subscription) if (seen.push(value) === VALUES.length) break;
  return seen;
}

describe.each(NAMES)('with %s', (compression) => {
  beforeEach(() => start());

  it('a client publishes and reads in a fraction of the bytes', async () => {
    const traffic: number[] = [];
    for (const chosen of ['none', compression] as const) {
      const { client: one, sockets } = await watched({ compression: chosen });
      await one.publishMany(chosen, VALUES);
      expect(await read(one, chosen)).toEqual(VALUES);
      traffic.push(sockets[0].bytesWritten, sockets[0].bytesRead);
    }
    expect(traffic[2]).toBeLessThan(traffic[0] / 3);
    expect(traffic[3]).toBeLessThan(traffic[1] / 3);
  });

  it('what one publishes comes to those that speak otherwise, and what they publish comes to it', async () => {
    const [one, plain] = [await client({ compression }), await client({})];
    const lines = await FakePeer.connect(broker);
    await lines.ask({ action: 'subscribe', topic: 't' });
    await one.publishMany('t', VALUES);
    expect(await read(plain, 't')).toEqual(VALUES);
    expect((await lines.take(VALUES.length)).map(({ message }) => message)).toEqual(VALUES);
    await plain.publishMany('u', VALUES);
    expect(await read(one, 'u')).toEqual(VALUES);
  });

  it('messages of more than one piece, requests, replies and groups are as always', async () => {
    const [one, other] = [await client({ compression }), await client({ compression })];
    const large = { text: Array.from({ length: 50_000 }, (_, n) => `word ${n}`).join(' ') };
    await one.publish('large', large);
    expect(await other.get('large')).toEqual(large);
    await other.respond('echo', ({ value }) => value);
    expect(await one.request('echo', large)).toEqual(large);
    await one.publishMany('group', VALUES);
    const seen: unknown[] = [];
    const group = await other.subscribe('group', { group: 'g' });
    for await (const delivery of group) {
      await delivery.ack();
      if (seen.push(delivery.value) === VALUES.length) break;
    }
    expect(seen).toEqual(VALUES);
  });

  it('a client comes back after a restart of the broker, and agrees anew', async () => {
    const { client: one, sockets } = await watched({ compression });
    await one.publishMany('t', VALUES);
    const back = event(one, 'reconnected');
    await broker.restart();
    await back;
    await one.publishMany('t', VALUES);
    expect(await read(one, 't')).toEqual(VALUES);
    expect(sockets.length).toBeGreaterThan(1);
    expect(sockets[sockets.length - 1].bytesWritten).toBeLessThan(JSON.stringify(VALUES).length / 3);
  });
});

it('a broker that does not take it is spoken to without', async () => {
  await start({ compression: 'none' });
  const { client: one, sockets } = await watched({ compression: 'deflate' });
  await one.publishMany('t', VALUES);
  expect(await read(one, 't')).toEqual(VALUES);
  expect(sockets[0].bytesWritten).toBeGreaterThan(JSON.stringify(VALUES).length / 2);
});

it('so is one that does not know of it', async () => {
  const fixture = new Fixture();
  await fixture.setUp();
  const one = await fixture.connect({ compression: 'deflate' });
  await one.publish('t', 'x'.repeat(10_000));
  expect(one.unconfirmed).toBe(0);
  await fixture.tearDown();
});

it('without heartbeats, what is published before the broker has said anything is stored too', async () => {
  await start();
  const one = await client({ compression: 'deflate', heartbeatInterval: 0 });
  await one.publishMany('t', VALUES);
  await one.publishMany('t', VALUES);
  expect(await read(one, 't')).toEqual(VALUES);
});

it('with a broker that takes small frames only, pieces are small', async () => {
  await start({ wireLimits: { maxFrameBytes: 4096 } });
  const one = await client({ compression: 'deflate', maxFrameBytes: 4096 });
  await one.publishMany('t', VALUES);
  expect(await read(one, 't')).toEqual(VALUES);
});

it.each(['morse', 'zstd'].filter((name) => !(NAMES as readonly string[]).includes(name)))(
  '%s is refused where Node.js does not have it',
  async (name) => {
    await expect(connect({ compression: name as CompressionName })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      field: 'compression',
    });
  },
);

it('JSON lines are not compressed', async () => {
  await expect(connect({ compression: 'deflate', codec: 'json-lines' })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    field: 'compression',
  });
});
