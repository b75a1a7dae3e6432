import { cleanUp, startBroker, type StartedBroker } from '@pochta/testing';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Fixture, event } from '../testing';
import { connect, type Client } from './index';

let broker: StartedBroker;
const clients: Client[] = [];

beforeEach(async () => {
  broker = await startBroker({ topics: { small: { maxMessages: 3 } } });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await cleanUp();
});

const client = async (codec: 'json-lines' | 'binary', port = broker.port): Promise<Client> => {
  const made = await connect({ host: '127.0.0.1', port, codec, reconnect: false });
  clients.push(made);
  return made;
};

it.each([
  ['binary', 'json-lines'],
  ['json-lines', 'binary'],
] as const)('what is published in %s frames comes to who speaks %s', async (one, other) => {
  const [publisher, subscriber] = [await client(one), await client(other)];
  const values = [{ text: 'é\n' }, null, [1, 'two'], 'ends'];
  const seen: unknown[] = [];
  const subscription = await subscriber.subscribe('t');
  await publisher.publishMany('t', values, { key: 'k', headers: { a: 'b' } });
  for await (const { value, key, headers, sequence } of subscription) {
    seen.push({ value, key, headers, sequence });
    if (value === 'ends') break;
  }
  expect(seen).toEqual(
    values.map((value, index) => ({ value, key: 'k', headers: { a: 'b' }, sequence: index + 1 })),
  );
});

it('a publish that is refused fails alone, whatever travels in the same frame', async () => {
  const publisher = await client('binary');
  const outcomes = await Promise.allSettled(
    [0, 1, 2, 3, 4].map((n) => publisher.publish('small', n, n === 1 ? { priority: 10 } : {})),
  );
  expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'stored' : 'refused'))).toEqual([
    'stored',
    'refused',
    'stored',
    'stored',
    'refused',
  ]);
  expect(publisher.unconfirmed).toBe(0);
});

it('messages published in one turn travel in one frame, whose ids cost a byte each', async () => {
  const chunks: Buffer[] = [];
  let enough!: () => void;
  const heard = new Promise<void>((resolve) => (enough = resolve));
  const server = createServer((socket) =>
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (Buffer.concat(chunks).length >= 12 + 1000 * (1 + 4 + 1)) enough();
    }),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const publisher = await connect({ host: '127.0.0.1', port, codec: 'binary', heartbeatInterval: 0 });
  const failed = publisher.publishMany('t', new Array<number>(1000).fill(7)).catch(() => 'closed');
  await heard;
  const bytes = Buffer.concat(chunks).length;
  await publisher.close();
  expect(await failed).toBe('closed');
  expect(bytes).toBeLessThan(12 + 1000 * (1 + 4 + 1) + 50);
  server.close();
});

it('an older broker, which speaks JSON lines only, is told apart', async () => {
  const answer =
    '{"status":"error","message":"Unknown codec: this port speaks JSON lines","code":"UNKNOWN_CODEC"}\n';
  const server = createServer((socket) => socket.once('data', () => socket.end(answer)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(client('binary', port)).rejects.toMatchObject({
    code: 'CONNECTION_FAILED',
    cause: { code: 'UNKNOWN_CODEC' },
  });
  server.close();
});

it.each([
  ['what is no frame', Buffer.from([1, 0, 0, 0, 0x81]), 'INVALID_FRAME'],
  ['an endless frame', Buffer.from([0xff, 0xff, 0xff, 0x7f, 0x82]), 'FRAME_TOO_LARGE'],
  ['a confirm of nothing', Buffer.from([5, 0, 0, 0, 0x81, 1, 0, 0, 0]), 'CONNECTION_FAILED'],
])('a broker that says %s in binary is left, and found anew', async (_, nonsense, code) => {
  const fixture = new Fixture();
  await fixture.setUp();
  const one = await fixture.connect({ codec: 'binary' });
  const [lost, back] = [event(one, 'disconnected'), event(one, 'reconnected')];
  fixture.broker.peer.socket.write(nonsense);
  expect((await lost).reason.code).toBe(code);
  await back;
  await one.publish('t', 1);
  await fixture.tearDown();
});

it('a web server is not taken for a broker', async () => {
  const server = createServer((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(client('binary', port)).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
  server.close();
});

it('a codec that is not known is refused', async () => {
  await expect(connect({ codec: 'morse' as 'binary' })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    field: 'codec',
  });
});

it('binary frames go through a restart of the broker', async () => {
  const publisher = await connect({
    host: '127.0.0.1',
    port: broker.port,
    codec: 'binary',
    reconnect: { initialDelay: 1, maxDelay: 10 },
  });
  clients.push(publisher);
  await publisher.publish('t', 1);
  await broker.restart();
  await publisher.publish('t', 2);
  expect(await publisher.get('t')).toBe(2);
});
