import { Logger } from '@nestjs/common';
import { Administration } from '@pochta/broker-core';
import { cleanUp, eventually, startBroker, type StartedBroker } from '@pochta/testing';
import { defineTopic } from '../topics/define-topic';
import type { PochtaConnectionOptions } from './connection-options';
import type { PochtaConnection } from './pochta-connection';
import type { PochtaStatus } from './pochta-status';
import { createConnection } from './shared-connection';

let broker: StartedBroker;
let logged: string[];
const connections: PochtaConnection[] = [];

beforeEach(async () => {
  broker = await startBroker();
  logged = [];
  const write = (level: string) => (text: unknown) => void logged.push(`${level} ${String(text)}`);
  Logger.overrideLogger({
    log: write('log'),
    warn: write('warn'),
    error: write('error'),
    debug: write('debug'),
  });
});

afterEach(async () => {
  await Promise.all(connections.splice(0).map((one) => one.drain()));
  await cleanUp();
  Logger.overrideLogger(false);
});

function connectionWith(options: PochtaConnectionOptions = {}): PochtaConnection {
  const connection = createConnection({ port: broker.port, reconnect: { initialDelay: 5 }, ...options });
  connections.push(connection);
  return connection;
}

const statusesOf = (connection: PochtaConnection): PochtaStatus[] => {
  const statuses: PochtaStatus[] = [];
  connection.status$.subscribe((status) => statuses.push(status));
  return statuses;
};
const code = (expected: string) => expect.objectContaining({ code: expected }) as unknown;

it('connects when it is first needed, once for all who wait', async () => {
  const connection = connectionWith();
  const statuses = statusesOf(connection);
  expect(connection.current).toBeUndefined();
  const clients = await Promise.all([
    connection.client(),
    connection.client({ patient: true }),
    connection.client(),
  ]);
  expect(new Set([...clients, connection.current]).size).toBe(1);
  expect(new Administration(broker.server.broker).connections.list().connections).toHaveLength(1);
  expect(statuses).toEqual(['idle', 'connecting', 'connected']);
  expect(statusesOf(connection)).toEqual(['connected']);
});

it('is idle again after a failed first attempt, and tried anew by the next who needs it', async () => {
  await broker.server.stop();
  const connection = connectionWith();
  const statuses = statusesOf(connection);
  await expect(connection.client()).rejects.toEqual(code('CONNECTION_FAILED'));
  await expect(connection.client()).rejects.toEqual(code('CONNECTION_FAILED'));
  await broker.restart();
  await connection.client();
  expect(statuses).toEqual(['idle', 'connecting', 'idle', 'connecting', 'idle', 'connecting', 'connected']);
});

describe('with patience', () => {
  it('it waits until a broker answers, while others who have none are told at once', async () => {
    await broker.server.stop();
    const connection = connectionWith();
    const patient = connection.client({ patient: true });
    await expect(connection.client()).rejects.toEqual(code('CONNECTION_FAILED'));
    await broker.restart();
    expect(await patient).toBe(connection.current);
  });

  it('it has the connection that somebody else has made meanwhile', async () => {
    await broker.server.stop();
    const connection = connectionWith({ reconnect: { initialDelay: 60_000, maxDelay: 60_000 } });
    const patient = connection.client({ patient: true });
    await eventually(() => connection.status === 'idle' && logged.length === 1);
    await broker.restart();
    await connection.client();
    expect(await patient).toBe(connection.current);
  });

  it('it gives up when that is what the options say, and when the connection closes', async () => {
    await broker.server.stop();
    const few = connectionWith({ reconnect: { initialDelay: 1, maxAttempts: 2 } });
    await expect(few.client({ patient: true })).rejects.toEqual(code('CONNECTION_FAILED'));
    expect(logged).toHaveLength(2);
    const closing = connectionWith({ reconnect: { initialDelay: 60_000, maxDelay: 60_000 } });
    const patient = closing.client({ patient: true });
    patient.catch(() => undefined);
    await eventually(() => closing.status === 'idle' && logged.length === 3);
    await closing.drain();
    await expect(patient).rejects.toEqual(code('CONNECTION_CLOSED'));
  });
});

it('closes while it is connecting, and stays closed', async () => {
  const connection = connectionWith();
  const connecting = connection.client();
  connecting.catch(() => undefined);
  await Promise.all([connection.drain(), connection.drain()]);
  await expect(connecting).rejects.toEqual(code('CONNECTION_CLOSED'));
  await expect(connection.client({ patient: true })).rejects.toEqual(code('CONNECTION_CLOSED'));
  expect(statusesOf(connection)).toEqual(['closed']);
});

it('is connected anew when it is needed after its client gave up', async () => {
  const connection = connectionWith({ reconnect: false });
  const first = await connection.client();
  await broker.restart();
  await first.closed;
  expect([connection.current, connection.status]).toEqual([undefined, 'idle']);
  expect(await connection.client()).not.toBe(first);
  expect(connection.status).toBe('connected');
});

it('logs an outage once, and what happens on the way as debug lines', async () => {
  const connection = connectionWith({ reconnect: { initialDelay: 1, maxDelay: 1 } });
  await connection.client();
  await broker.server.stop();
  await eventually(() => logged.filter((line) => line.startsWith('debug')).length >= 2);
  await broker.restart();
  await eventually(() => connection.status === 'connected');
  const at = `localhost:${broker.port}`;
  expect(logged.filter((line) => !line.startsWith('debug'))).toEqual([
    `log Connected to ${at}`,
    expect.stringMatching(`^warn Lost ${at}: .*; reconnecting$`),
    expect.stringMatching(`^warn ${at} cannot be reached: .*; again in 1 ms$`),
    `log Connected to ${at}`,
  ]);
});

it('logs gaps, and what callbacks throw', async () => {
  await broker.stop();
  broker = await startBroker({ defaults: { maxMessages: 1, overflow: 'drop-oldest' } });
  const client = await connectionWith().client();
  await client.publishMany('ticks', [1, 2, 3]);
  const onMessage = () => {
    throw new Error('bug 42');
  };
  await client.subscribe('ticks', { from: { sequence: 1 }, onMessage });
  await eventually(() => logged.length === 3);
  expect(logged.slice(1)).toEqual([
    'warn Messages 1 to 2 of ticks were removed before they came (overflow)',
    'error A handler of ticks failed: bug 42',
  ]);
});

describe('a step that is to be taken first', () => {
  it('is taken before anybody is given the client, on each client', async () => {
    const connection = connectionWith({ reconnect: false });
    let taken = 0;
    await connection.prepare(async (client) => {
      await client.publish('first', ++taken);
      expect(connection.current).toBeUndefined();
    });
    const client = await connection.client();
    expect(await client.get('first')).toBe(1);
    await broker.restart();
    await client.closed;
    await connection.client();
    expect(taken).toBe(2);
  });

  it('is taken at once on a client that is there, and logged when it fails', async () => {
    const connection = connectionWith();
    const client = await connection.client();
    let given: unknown;
    await connection.prepare((one) => {
      given = one;
      throw new Error('no such step');
    });
    expect(given).toBe(client);
    expect(logged).toContainEqual(expect.stringMatching(/^error .*no such step/));
  });
});

it('knows what placeholders stand for, and which codec a definition has', () => {
  const connection = connectionWith({ names: { region: 'eu', app: 'shop' } });
  const codec = { contentType: 'text/plain', encode: () => new Uint8Array(), decode: () => 'text' };
  expect(connection.topicName('${app}.${region}.orders')).toBe('shop.eu.orders');
  expect(connection.topicName(defineTopic('${region}.notes', { codec }))).toBe('eu.notes');
  expect(connection.codecs.forTopic('eu.notes')).toBe(codec);
  expect(() => connection.topicName('${toString}.x')).toThrow(code('INVALID_CONFIG') as never);
});
