import { Logger } from '@nestjs/common';
import { type Client, connect } from '@pochta/client';
import { cleanUp, startBroker, type StartedBroker } from '@pochta/testing';
import { IsNumber } from 'class-validator';
import { Duplex } from 'node:stream';
import { firstValueFrom } from 'rxjs';
import type { PayloadCodec } from '../codecs/payload-codec';
import type { PochtaConnectionOptions } from '../connections/connection-options';
import { defineTopic } from '../topics/define-topic';
import { PochtaClientProxy } from './pochta-client-proxy';
import { PochtaRecordBuilder } from './pochta-record';

class Order {
  @IsNumber() total!: number;
}

const orders = defineTopic('orders', Order);
const never = (): Promise<never> => new Promise(() => undefined);
const stuck: PayloadCodec = { contentType: 'x/stuck', encode: never, decode: never };

let broker: StartedBroker;
let peer: Client;
const proxies: PochtaClientProxy[] = [];

beforeAll(() => Logger.overrideLogger(false));

beforeEach(async () => {
  broker = await startBroker();
  peer = await connect({ port: broker.port });
});

afterEach(async () => {
  await Promise.all(proxies.splice(0).map((one) => one.close()));
  await peer.close();
  await cleanUp();
});

function proxyWith(options: PochtaConnectionOptions = {}): PochtaClientProxy {
  const proxy = new PochtaClientProxy({ port: broker.port, drainTimeout: 20, ...options });
  proxies.push(proxy);
  return proxy;
}

const code = (expected: string) => expect.objectContaining({ code: expected }) as unknown;

/** A proxy whose server takes the connection and says nothing. */
function beforeSilence(options: PochtaConnectionOptions = {}): PochtaClientProxy {
  const socket = () => new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  return proxyWith({ socket, ...options });
}

describe('what is sent', () => {
  it('is what the value was when it was emitted, before the first connection and after', async () => {
    const proxy = proxyWith();
    const value = { n: 1 };
    const outcomes: Promise<unknown>[] = [];
    for (let n = 1; n <= 3; n++) {
      value.n = n;
      outcomes.push(firstValueFrom(proxy.emit('numbers', value)));
    }
    await Promise.all(outcomes);
    value.n = 4;
    const last = firstValueFrom(proxy.emit('numbers', value));
    value.n = 5;
    await last;
    for (let n = 1; n <= 4; n++) expect(await peer.get('numbers')).toEqual({ n });
  });

  it('is what was checked', async () => {
    const proxy = proxyWith();
    for (const plain of [true, false]) {
      const order: { total: unknown } = plain ? { total: 1 } : Object.assign(new Order(), { total: 1 });
      const outcome = firstValueFrom(proxy.emit(orders, order as Order));
      order.total = 'nothing';
      await outcome;
      expect(await peer.get('orders')).toEqual({ total: 1 });
    }
    await peer.respond('orders', ({ value }) => value);
    const order: { total: unknown } = { total: 2 };
    const reply = proxy.request(orders, order as never);
    order.total = 'nothing';
    expect(await reply).toEqual({ total: 2 });
  });

  it('is refused for what the class says, before what the codec says', async () => {
    const unable = new Error('cannot be written');
    const encodes: PayloadCodec['encode'][] = [
      () => Promise.reject(unable),
      () => {
        throw unable;
      },
    ];
    for (const encode of encodes) {
      const typed = defineTopic('typed', Order, { codec: { ...stuck, encode } });
      const misfit = { total: 'nothing' } as never;
      await expect(proxyWith().publish(typed, misfit)).rejects.toEqual(code('VALIDATION_FAILED'));
      await expect(proxyWith().publish(typed, { total: 1 })).rejects.toBe(unable);
    }
  });
});

describe('before the first connection', () => {
  it('publishes that wait have a limit of bytes', async () => {
    const proxy = beforeSilence({ maxUnconfirmedBytes: 1000 });
    const publish = () => proxy.publish('t', 'x'.repeat(400));
    const taken = Promise.allSettled([publish(), publish()]);
    await expect(publish()).rejects.toEqual(code('BUFFER_FULL'));
    await expect(proxy.publish(orders, { total: 1, note: 'x'.repeat(400) } as Order)).rejects.toEqual(
      code('BUFFER_FULL'),
    );
    await proxy.close();
    const closed = { status: 'rejected', reason: code('CONNECTION_CLOSED') };
    expect(await taken).toEqual([closed, closed]);
  });

  it('and free it when they have failed', async () => {
    const proxy = proxyWith({ port: 1, maxUnconfirmedBytes: 1000 });
    for (let n = 0; n < 3; n++)
      await expect(proxy.publish('t', 'x'.repeat(900))).rejects.toEqual(code('CONNECTION_FAILED'));
  });

  it('those of an asynchronous codec too, once it has written', async () => {
    const later: PayloadCodec = { ...stuck, encode: () => Promise.resolve(Buffer.alloc(400)) };
    const proxy = beforeSilence({ maxUnconfirmedBytes: 1000, codecs: { '>': later } });
    const first = Promise.allSettled([proxy.publish('t1', 1), proxy.publish('t2', 2)]);
    await expect(proxy.publish('t3', 3)).rejects.toEqual(code('BUFFER_FULL'));
    await proxy.close();
    const closed = { status: 'rejected', reason: code('CONNECTION_CLOSED') };
    expect(await first).toEqual([closed, closed]);
  });

  it('a request ends when its time is over, and is not sent when it is cancelled', async () => {
    const proxy = beforeSilence();
    const soon = new PochtaRecordBuilder(1).setTimeout(20).build();
    await expect(firstValueFrom(proxy.send('t', soon))).rejects.toEqual(code('REQUEST_TIMEOUT'));
    await expect(proxy.request(orders, { total: 1 }, { timeout: 20 })).rejects.toEqual(
      code('REQUEST_TIMEOUT'),
    );
    await expect(proxy.request('t', 1, { timeout: -1 })).rejects.toEqual(code('INVALID_FRAME'));
    const abort = new AbortController();
    const aborted = proxy.request('t', 1, { signal: abort.signal });
    abort.abort();
    await expect(aborted).rejects.toEqual(code('ABORTED'));
  });

  it('requests that wait have a limit of bytes', async () => {
    const proxy = beforeSilence({ maxUnconfirmedBytes: 1000 });
    const first = Promise.allSettled([proxy.request('t', 'x'.repeat(600))]);
    await expect(proxy.request('t', 'x'.repeat(600))).rejects.toEqual(code('BUFFER_FULL'));
    await proxy.close();
    expect(await first).toEqual([{ status: 'rejected', reason: code('CONNECTION_CLOSED') }]);
  });
});

it('a codec that never ends does not keep a request beyond its time', async () => {
  const proxy = proxyWith({ codecs: { stuck } });
  await expect(proxy.request('stuck', 1, { timeout: 20 })).rejects.toEqual(code('REQUEST_TIMEOUT'));
  await proxy.connect();
  await expect(proxy.request('stuck', 1, { timeout: 20 })).rejects.toEqual(code('REQUEST_TIMEOUT'));
});

it('a reply in parts has its time between two parts, though the first had to wait for the connection', async () => {
  await peer.respond('count', async function* () {
    for (let n = 1; n <= 3; n++) yield await Promise.resolve(n);
  });
  const parts: unknown[] = [];
  await proxyWith()
    .requestMany('count', 1, { timeout: 5000 })
    .forEach((part) => void parts.push(part));
  expect(parts).toEqual([1, 2, 3]);
});
