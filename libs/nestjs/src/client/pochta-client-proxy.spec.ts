import { Logger } from '@nestjs/common';
import { ClientsModule } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { Administration } from '@pochta/broker-core';
import { connect, ResponderError, type Client } from '@pochta/client';
import { cleanUp, eventually, startBroker, type StartedBroker } from '@pochta/testing';
import { EmptyError, firstValueFrom, lastValueFrom, type Observable, toArray } from 'rxjs';
import type { PochtaConnectionOptions } from '../connections/connection-options';
import { defineTopic } from '../topics/define-topic';
import { PochtaClientProxy, type PochtaProxyStatus } from './pochta-client-proxy';
import { PochtaRecordBuilder } from './pochta-record';

let broker: StartedBroker;
let peer: Client;
let admin: Administration;
const proxies: PochtaClientProxy[] = [];

beforeAll(() => Logger.overrideLogger(false));

beforeEach(async () => {
  broker = await startBroker({ engine: 'lmdb', defaults: { maxMessages: 3 } });
  admin = new Administration(broker.server.broker);
  peer = await connect({ port: broker.port, reconnect: { initialDelay: 5 } });
});

afterEach(async () => {
  await Promise.all(proxies.splice(0).map((one) => one.close()));
  await peer.close();
  await cleanUp();
  Logger.overrideLogger(false);
});

function proxyWith(options: PochtaConnectionOptions = {}): PochtaClientProxy {
  const proxy = new PochtaClientProxy({ port: broker.port, reconnect: { initialDelay: 5 }, ...options });
  proxies.push(proxy);
  return proxy;
}

const all = <T>(replies: Observable<T>): Promise<T[]> => lastValueFrom(replies.pipe(toArray()));
const code = (expected: string) => expect.objectContaining({ code: expected }) as unknown;

/** Collects what is logged as a warning from now on. */
function warned(): unknown[] {
  const warnings: unknown[] = [];
  const quiet = () => undefined;
  Logger.overrideLogger({ log: quiet, error: quiet, debug: quiet, warn: (text) => warnings.push(text) });
  return warnings;
}

/** Patterns that JSON has no form for. */
function unsayable(): unknown[] {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const getter = {
    get cmd(): never {
      throw new Error('cannot be read');
    },
  };
  return [circle, { cmd: 1n }, getter, 1n, Symbol('s'), () => 1];
}

/** Holds every request until it is told otherwise. */
async function silentResponder(topic: string) {
  const seen: AbortSignal[] = [];
  await peer.respond(topic, ({ signal }) => {
    seen.push(signal);
    return new Promise((resolve) => signal.addEventListener('abort', resolve));
  });
  return seen;
}

describe('emit', () => {
  it('resolves on the durable confirm', async () => {
    const proxy = proxyWith();
    expect(await all(proxy.emit('orders', { id: 1 }))).toEqual([undefined]);
    expect(await peer.get('orders')).toEqual({ id: 1 });
  });

  it('rejects when the broker refuses', async () => {
    const proxy = proxyWith();
    for (let n = 0; n < 3; n++) await firstValueFrom(proxy.emit('orders', n));
    await expect(firstValueFrom(proxy.emit('orders', 3))).rejects.toEqual(code('TOPIC_FULL'));
  });

  it('is hot, happens once, and tells its outcome to who subscribes late too', async () => {
    const proxy = proxyWith();
    const outcome = proxy.emit('orders', 1);
    await eventually(async () => (await peer.get('orders')) === 1);
    expect(await firstValueFrom(outcome)).toBeUndefined();
    expect(await firstValueFrom(outcome)).toBeUndefined();
    expect(await peer.get('orders')).toBeUndefined();
    const refused = proxy.emit('not a topic', 1);
    await proxy.connect();
    await expect(firstValueFrom(refused)).rejects.toEqual(code('INVALID_FRAME'));
    await expect(firstValueFrom(refused)).rejects.toEqual(code('INVALID_FRAME'));
  });

  it('keeps the order of the calls from the first on, while it is still connecting', async () => {
    const proxy = proxyWith();
    const outcomes = [proxy.emit('orders', 1), proxy.emit('orders', 2)];
    await proxy.connect();
    outcomes.push(proxy.emit('orders', 3));
    await Promise.all(outcomes.map((outcome) => firstValueFrom(outcome)));
    expect([await peer.get('orders'), await peer.get('orders'), await peer.get('orders')]).toEqual([1, 2, 3]);
  });

  it('logs a failure that nobody has subscribed to', async () => {
    const warnings = warned();
    const proxy = proxyWith();
    await proxy.connect();
    proxy.emit('a b', 1);
    proxy.emit('a b', 1);
    const heard = proxy.emit('c d', 1);
    await expect(firstValueFrom(heard)).rejects.toEqual(code('INVALID_FRAME'));
    expect(warnings).toEqual([expect.stringMatching(/emit to a b failed.*INVALID_FRAME/)]);
  });

  it('logs what it refuses, whatever the pattern, and does not end the process', async () => {
    const warnings = warned();
    for (const pattern of unsayable()) proxyWith().emit(pattern as never, 1);
    proxyWith().emit('orders', null);
    proxyWith().emit(null as never, 1);
    await eventually(() => warnings.length === unsayable().length + 2);
    expect(warnings.join('\n')).toContain('emit to orders failed');
  });
});

describe('a pattern that is none', () => {
  it('is refused, connected or not', async () => {
    const up = proxyWith();
    await up.connect();
    for (const proxy of [up, proxyWith({ port: 1 })]) {
      for (const pattern of unsayable()) {
        await expect(firstValueFrom(proxy.emit(pattern as never, 1))).rejects.toEqual(code('INVALID_FRAME'));
        await expect(firstValueFrom(proxy.send(pattern as never, 1))).rejects.toEqual(code('INVALID_FRAME'));
      }
      await expect(proxy.publish('a b', 1)).rejects.toEqual(code('INVALID_FRAME'));
      await expect(proxy.request('a b', 1)).rejects.toEqual(code('INVALID_FRAME'));
    }
  });
});

describe('send', () => {
  it('gives the reply, each part of one in parts, and nothing of one without', async () => {
    await peer.respond('double', ({ value }) => 2 * (value as number));
    await peer.respond('count', async function* ({ value }) {
      for (let n = 1; n <= (value as number); n++) yield n;
    });
    const proxy = proxyWith();
    expect(await all(proxy.send('double', 4))).toEqual([8]);
    expect(await all(proxy.send('count', 3))).toEqual([1, 2, 3]);
    await expect(firstValueFrom(proxy.send('count', 0))).rejects.toBeInstanceOf(EmptyError);
  });

  it('is cold: a request for each subscription', async () => {
    let asked = 0;
    await peer.respond('count', () => ++asked);
    const proxy = proxyWith();
    const reply = proxy.send('count', {});
    await proxy.connect();
    expect(asked).toBe(0);
    expect([await firstValueFrom(reply), await firstValueFrom(reply)]).toEqual([1, 2]);
  });

  it('does not hang without a handler', async () => {
    await expect(firstValueFrom(proxyWith().send('nobody', 1))).rejects.toEqual(code('NO_RESPONDERS'));
  });

  it('does not hang after a disconnect', async () => {
    const seen = await silentResponder('slow');
    const proxy = proxyWith();
    const reply = firstValueFrom(proxy.send('slow', 1));
    reply.catch(() => undefined);
    await eventually(() => seen.length === 1);
    admin.connections.close(admin.connections.list().connections[1].id);
    await expect(reply).rejects.toEqual(code('OUTCOME_UNKNOWN'));
    await broker.server.stop();
    const later = new PochtaRecordBuilder(1).setTimeout(20).build();
    await expect(firstValueFrom(proxy.send('slow', later))).rejects.toEqual(code('REQUEST_TIMEOUT'));
    await proxy.close();
    await expect(firstValueFrom(proxy.send('slow', 1))).rejects.toEqual(code('CONNECTION_CLOSED'));
  });

  it('gives up after its timeout, the own one of a record before that of the connection', async () => {
    const seen = await silentResponder('slow');
    const short = proxyWith({ requestTimeout: 20 });
    await expect(firstValueFrom(short.send('slow', 1))).rejects.toEqual(code('REQUEST_TIMEOUT'));
    const record = new PochtaRecordBuilder(1).setTimeout(20).build();
    await expect(firstValueFrom(proxyWith().send('slow', record))).rejects.toEqual(code('REQUEST_TIMEOUT'));
    await eventually(() => seen.length === 2 && seen.every(({ aborted }) => aborted));
  });

  it('cancels the request when it is unsubscribed', async () => {
    const seen = await silentResponder('slow');
    const proxy = proxyWith();
    await proxy.connect();
    const subscription = proxy.send('slow', 1).subscribe();
    await eventually(() => seen.length === 1);
    expect(seen[0].aborted).toBe(false);
    subscription.unsubscribe();
    await eventually(() => seen[0].aborted);
  });

  it('sends nothing when it is unsubscribed before it is connected', async () => {
    const seen = await silentResponder('slow');
    const proxy = proxyWith();
    proxy.send('slow', 1).subscribe().unsubscribe();
    await proxy.connect();
    await expect(firstValueFrom(proxy.send('nobody', 1))).rejects.toEqual(code('NO_RESPONDERS'));
    expect(seen).toHaveLength(0);
  });

  it("errors with what a handler's exception said, and with the broker's and the responder's errors as they are", async () => {
    const said = { status: 'error', message: 'no such order' };
    await peer.respond('refusing', ({ value }) => {
      throw new ResponderError(value as string, JSON.stringify(said));
    });
    const proxy = proxyWith();
    await expect(firstValueFrom(proxy.send('refusing', 'RPC_EXCEPTION'))).rejects.toEqual(said);
    await expect(firstValueFrom(proxy.send('refusing', 'OWN'))).rejects.toMatchObject({
      responderCode: 'OWN',
    });
  });
});

describe('request', () => {
  it('resolves with the reply, or with the first part of it, and rejects as send does', async () => {
    await peer.respond('count', async function* ({ value }) {
      for (let n = 1; n <= (value as number); n++) yield n;
    });
    const proxy = proxyWith();
    expect(await proxy.request('count', 2)).toBe(1);
    expect(await proxy.request('count', 0)).toBeUndefined();
    expect(await all(proxy.requestMany<number>('count', 2))).toEqual([1, 2]);
    await expect(proxy.request('nobody', 2)).rejects.toEqual(code('NO_RESPONDERS'));
  });

  it('is given up by its signal, and not sent when that is aborted already', async () => {
    const seen = await silentResponder('slow');
    const proxy = proxyWith();
    const abort = new AbortController();
    const asked = proxy.request('slow', 1, { signal: abort.signal });
    asked.catch(() => undefined);
    await eventually(() => seen.length === 1);
    abort.abort();
    await expect(asked).rejects.toEqual(code('ABORTED'));
    await eventually(() => seen[0].aborted);
    await expect(proxy.request('slow', 1, { signal: abort.signal })).rejects.toEqual(code('ABORTED'));
    await expect(proxy.request('nobody', 1)).rejects.toEqual(code('NO_RESPONDERS'));
    expect(seen).toHaveLength(1);
  });
});

describe('what is sent', () => {
  it('is refused when it is nothing, as with any of Nest’s clients', async () => {
    const proxy = proxyWith();
    const nothing: [string, unknown][] = [
      [null as never, 1],
      ['orders', null],
      ['orders', undefined],
    ];
    for (const [pattern, data] of nothing) {
      await expect(firstValueFrom(proxy.emit(pattern, data))).rejects.toThrow(/message/i);
      await expect(firstValueFrom(proxy.send(pattern, data))).rejects.toThrow(/message/i);
    }
    expect(proxy.connection.status).toBe('idle');
  });

  it('has options of its own, message by message', async () => {
    const proxy = proxyWith();
    const record = new PochtaRecordBuilder({ id: 1 })
      .setHeaders({ tenant: 'a' })
      .setKey('ann')
      .setPriority(7)
      .setTtl(60_000)
      .setMessageId('once')
      .build();
    await firstValueFrom(proxy.emit('orders', record));
    await firstValueFrom(proxy.emit('orders', record));
    await firstValueFrom(proxy.emit('orders', new PochtaRecordBuilder(2).setDelay(60_000).build()));
    await firstValueFrom(
      proxy.emit('orders', new PochtaRecordBuilder(3).setDeliverAt(new Date(Date.now() + 60_000)).build()),
    );
    expect(admin.topics.info('orders')).toMatchObject({ messages: 1, delayed: 2 });
    for await (const message of await peer.subscribe('orders')) {
      expect(message).toMatchObject({ value: { id: 1 }, headers: { tenant: 'a' }, key: 'ann', priority: 7 });
      break;
    }
    await peer.respond('headers', ({ headers }) => headers);
    const request = new PochtaRecordBuilder(1).setHeaders({ tenant: 'b' }).build();
    expect(await firstValueFrom(proxy.send('headers', request))).toEqual({ tenant: 'b' });
  });

  it('is refused with an option that is out of range or for the other verb', async () => {
    const proxy = proxyWith();
    const priority = new PochtaRecordBuilder(1).setPriority(10).build();
    const timeout = new PochtaRecordBuilder(1).setTimeout(1000).build();
    const key = new PochtaRecordBuilder(1).setKey('k').build();
    for (const refused of [proxy.emit('t', priority), proxy.emit('t', timeout), proxy.send('t', key)])
      await expect(firstValueFrom(refused)).rejects.toEqual(code('INVALID_FRAME'));
  });

  it('goes to the topic of the pattern: objects whatever the order of their members', async () => {
    await peer.respond('{"cmd":"sum"}', () => 'sum');
    await peer.respond('{"a":"x%20y%2Ez","b":1}', () => 'odd');
    const proxy = proxyWith();
    expect(await firstValueFrom(proxy.send({ cmd: 'sum' }, 1))).toBe('sum');
    expect(await firstValueFrom(proxy.send({ b: 1, a: 'x y.z' }, 1))).toBe('odd');
  });

  it('goes to the topic of a definition, also of a copy of one; what only looks like one is refused', async () => {
    const proxy = proxyWith();
    await firstValueFrom(proxy.emit({ ...defineTopic<number>('orders') }, 1));
    expect(await peer.get('orders')).toBe(1);
    const plain = { name: 'orders', payload: undefined };
    await expect(proxy.publish(plain, 2)).rejects.toEqual(code('INVALID_CONFIG'));
    await expect(proxy.request(plain, 2)).rejects.toEqual(code('INVALID_CONFIG'));
  });

  it('goes to topics with names from the configuration', async () => {
    const proxy = proxyWith({ names: { region: 'eu' } });
    await firstValueFrom(proxy.emit('${region}.orders', 1));
    expect(await peer.get('eu.orders')).toBe(1);
    await expect(firstValueFrom(proxy.emit('${regio}.orders', 1))).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('did you mean ${region}?') as string,
    });
  });

  it("carries what Nest's dispatch hook adds, as headers", async () => {
    await peer.respond('headers', ({ headers }) => headers);
    const proxy = proxyWith();
    proxy.setOnDispatchHook((packet) => (packet.metadata = { trace: '42' }));
    expect(await firstValueFrom(proxy.send('headers', 1))).toEqual({ trace: '42' });
  });
});

describe('the connection', () => {
  it('is made when it is first needed, once for all who need it', async () => {
    const proxy = proxyWith();
    expect(proxy.connection.status).toBe('idle');
    expect(() => proxy.unwrap()).toThrow(expect.objectContaining({ code: 'CONNECTION_CLOSED' }));
    await Promise.all([firstValueFrom(proxy.emit('a', 1)), proxy.connect(), proxy.publish('b', 2)]);
    expect(proxy.unwrap<Client>()).toBe(proxy.connection.current);
    expect(admin.connections.list().connections).toHaveLength(2);
  });

  it('tells its status, for health and through a reconnect', async () => {
    const proxy = proxyWith();
    const statuses: PochtaProxyStatus[] = [];
    const events: string[] = [];
    proxy.status.subscribe((status) => statuses.push(status));
    proxy.on('disconnected', ({ server }) => events.push(`lost ${server}`));
    await proxy.connect();
    proxy.on('reconnected', ({ server }) => events.push(`back at ${server}`));
    await broker.restart();
    await eventually(() => events.length === 2);
    await proxy.close();
    expect(statuses).toEqual(['disconnected', 'connected', 'reconnecting', 'connected', 'disconnected']);
    expect(events).toEqual([`lost localhost:${broker.port}`, `back at localhost:${broker.port}`]);
  });

  it('rejects at once when there is no broker, and is tried again by the next call', async () => {
    await broker.server.stop();
    const proxy = proxyWith();
    await expect(firstValueFrom(proxy.emit('a', 1))).rejects.toEqual(code('CONNECTION_FAILED'));
    await expect(firstValueFrom(proxy.send('a', 1))).rejects.toEqual(code('CONNECTION_FAILED'));
    await expect(proxy.connect()).rejects.toEqual(code('CONNECTION_FAILED'));
    await broker.restart();
    await firstValueFrom(proxy.emit('a', 1));
  });

  it('buffers while it reconnects, within a limit', async () => {
    const proxy = proxyWith({ maxUnconfirmed: 2 });
    await proxy.connect();
    await broker.server.stop();
    const buffered = [proxy.emit('a', 1), proxy.emit('a', 2)];
    await expect(firstValueFrom(proxy.emit('a', 3))).rejects.toEqual(code('BUFFER_FULL'));
    await broker.restart();
    await Promise.all(buffered.map((outcome) => firstValueFrom(outcome)));
    await eventually(async () => (await peer.get('a')) === 1);
    expect([await peer.get('a'), await peer.get('a')]).toEqual([2, undefined]);
  });

  it('is drained of publishes before it closes, and takes none afterwards', async () => {
    const proxy = proxyWith();
    const outcomes = [1, 2, 3].map((n) => firstValueFrom(proxy.emit('a', n)));
    await Promise.all([proxy.close(), proxy.close()]);
    await Promise.all(outcomes);
    expect([await peer.get('a'), await peer.get('a'), await peer.get('a')]).toEqual([1, 2, 3]);
    await expect(firstValueFrom(proxy.emit('a', 4))).rejects.toEqual(code('CONNECTION_CLOSED'));
    expect(proxy.connection.status).toBe('closed');
  });

  it('closes within one drain timeout, though a codec and the broker both keep it waiting', async () => {
    const stuck = { contentType: 'a/b', encode: () => new Promise<never>(() => undefined), decode: () => 0 };
    const proxy = proxyWith({ drainTimeout: 10_000, codecs: { stuck } });
    await proxy.connect();
    await broker.server.stop();
    const unsent = [proxy.publish('stuck', 1), proxy.publish('a', 1)];
    unsent[0].catch(() => undefined);
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    try {
      const closed = Promise.all([
        proxy.close(),
        expect(unsent[1]).rejects.toEqual(code('CONNECTION_CLOSED')),
      ]);
      await jest.advanceTimersByTimeAsync(10_000);
      await jest.advanceTimersByTimeAsync(1);
      await closed;
    } finally {
      jest.useRealTimers();
    }
  });

  it('closes within its drain timeout, though the broker is gone', async () => {
    const proxy = proxyWith({ drainTimeout: 20 });
    await proxy.connect();
    await broker.server.stop();
    const unsent = firstValueFrom(proxy.emit('a', 1));
    unsent.catch(() => undefined);
    await proxy.close();
    await expect(unsent).rejects.toEqual(code('CONNECTION_CLOSED'));
  });
});

it("works through Nest's own ClientsModule, which closes it with the app", async () => {
  const module = await Test.createTestingModule({
    imports: [
      ClientsModule.register([
        { name: 'ORDERS', customClass: PochtaClientProxy, options: { port: broker.port } },
      ]),
    ],
  }).compile();
  await module.init();
  const proxy = module.get<PochtaClientProxy>('ORDERS');
  await firstValueFrom(proxy.emit('orders', 1));
  expect(await peer.get('orders')).toBe(1);
  await module.close();
  expect(proxy.connection.status).toBe('closed');
  const register = () =>
    ClientsModule.register([{ name: 'X', customClass: PochtaClientProxy, options: { prot: 1 } }]);
  expect(register).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
});

describe('a transaction', () => {
  it('publishes and acks all together', async () => {
    const proxy = proxyWith({ names: { region: 'eu' } });
    await peer.publish('in', 1);
    const client = await proxy.connect();
    const members = await client.subscribe<number>('in', { group: 'g', manualAck: true });
    for await (const delivery of members) {
      await proxy.transaction((transaction) => {
        transaction.publish('${region}.out', delivery.value + 1);
        transaction.ack(delivery);
      });
      break;
    }
    expect(await peer.get('eu.out')).toBe(2);
    expect(admin.groups.info('in', 'g')).toMatchObject({ ackFloor: 2 });
  });

  it('does nothing when its function throws', async () => {
    const proxy = proxyWith();
    const failing = proxy.transaction((transaction) => {
      transaction.publish('out', 1);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await peer.get('out')).toBeUndefined();
  });
});
