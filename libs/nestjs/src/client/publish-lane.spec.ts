import { Logger } from '@nestjs/common';
import { connect, type Client, RawPayload } from '@pochta/client';
import { cleanUp, eventually, startBroker, type StartedBroker } from '@pochta/testing';
import { firstValueFrom, toArray } from 'rxjs';
import type { PayloadCodec } from '../codecs/payload-codec';
import type { PochtaConnectionOptions } from '../connections/connection-options';
import { defineTopic } from '../topics/define-topic';
import { PochtaClientProxy } from './pochta-client-proxy';

/** Upper-case text; what begins with `slow` is written, and read, when it is let go, and `bad` never. */
class SlowCodec implements PayloadCodec {
  readonly contentType = 'text/x-upper';
  readonly selfDescribing = true;
  readonly #waiting: (() => void)[] = [];

  encode(value: unknown): Uint8Array | Promise<Uint8Array> {
    const text = value as string;
    if (text === 'bad') throw new Error('cannot be written');
    const bytes = Buffer.from(text.toUpperCase());
    return text.startsWith('slow') ? this.#later(bytes) : bytes;
  }

  decode(bytes: Uint8Array): unknown {
    const text = Buffer.from(bytes).toString().toLowerCase();
    if (text === 'unreadable') throw new Error('cannot be read');
    return text.startsWith('slow') ? this.#later(text) : text;
  }

  /** The last first, so that whoever does not keep an order loses it. */
  letGo(): void {
    for (const go of this.#waiting.splice(0).reverse()) go();
  }

  #later<T>(value: T): Promise<T> {
    return new Promise((resolve) => this.#waiting.push(() => resolve(value)));
  }
}

let broker: StartedBroker;
let peer: Client;
let codec: SlowCodec;
const proxies: PochtaClientProxy[] = [];

beforeAll(() => Logger.overrideLogger(false));

beforeEach(async () => {
  broker = await startBroker();
  peer = await connect({ port: broker.port });
  codec = new SlowCodec();
});

afterEach(async () => {
  codec.letGo();
  await Promise.all(proxies.splice(0).map((one) => one.close()));
  await peer.close();
  await cleanUp();
});

async function connected(options: PochtaConnectionOptions = {}): Promise<PochtaClientProxy> {
  const proxy = new PochtaClientProxy({ port: broker.port, codecs: { 'texts.*': codec }, ...options });
  proxies.push(proxy);
  await proxy.connect();
  return proxy;
}

async function taken(topic: string): Promise<unknown[]> {
  const values: unknown[] = [];
  const texts = (value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString() : value);
  for (let value = await peer.get(topic); value !== undefined; value = await peer.get(topic))
    values.push(texts(value));
  return values;
}

const code = (expected: string) => expect.objectContaining({ code: expected }) as unknown;

describe('async and binary codecs', () => {
  it('keep the order of the calls of a topic, and hold up no other topic', async () => {
    const proxy = await connected();
    const slow = ['slow 1', 'quick', 'slow 2'].map((text) => proxy.publish('texts.a', text));
    await Promise.all([proxy.publish('texts.b', 'quick'), proxy.publish('json', { quick: true })]);
    expect(await taken('texts.a')).toEqual([]);
    codec.letGo();
    await Promise.all(slow);
    expect(await taken('texts.a')).toEqual(['SLOW 1', 'QUICK', 'SLOW 2']);
    expect(await taken('texts.b')).toEqual(['QUICK']);
    await proxy.publish('texts.a', 'quick again');
    expect(await taken('texts.a')).toEqual(['QUICK AGAIN']);
  });

  it('reject what they cannot write, and nothing else', async () => {
    const proxy = await connected();
    const first = proxy.publish('texts.a', 'slow');
    const bad = proxy.publish('texts.a', 'bad');
    const last = proxy.publish('texts.a', 'quick');
    await expect(bad).rejects.toThrow('cannot be written');
    codec.letGo();
    await Promise.all([first, last]);
    expect(await taken('texts.a')).toEqual(['SLOW', 'QUICK']);
    await expect(firstValueFrom(proxy.emit('texts.a', 'bad'))).rejects.toThrow('cannot be written');
    await expect(firstValueFrom(proxy.send('texts.a', 'bad'))).rejects.toThrow('cannot be written');
  });

  it('are those of a definition, first of all', async () => {
    const proxy = await connected();
    const notes = defineTopic<string>('notes', { codec });
    await firstValueFrom(proxy.emit(notes, 'text'));
    expect(await taken('notes')).toEqual(['TEXT']);
  });

  it('write requests, and read the parts of replies in their order', async () => {
    const proxy = await connected();
    await peer.respond('texts.a', async function* ({ bytes }) {
      yield new RawPayload(Buffer.from('SLOW'), codec.contentType);
      yield new RawPayload(Buffer.from('QUICK'), codec.contentType);
      yield 'json';
      yield new RawPayload(bytes, 'image/png');
    });
    let parts: unknown[] | undefined;
    proxy
      .send('texts.a', 'slow')
      .pipe(toArray())
      .subscribe((all) => (parts = all));
    await eventually(() => {
      codec.letGo();
      return parts !== undefined;
    });
    expect(parts).toEqual(['slow', 'quick', 'json', expect.any(Uint8Array)]);
  });

  it('reject replies that they cannot read', async () => {
    const proxy = await connected();
    await peer.respond('texts.a', () => new RawPayload(Buffer.from('UNREADABLE'), codec.contentType));
    await expect(proxy.request('texts.a', 'x')).rejects.toThrow('cannot be read');
  });

  it('are waited for when the connection closes', async () => {
    const proxy = await connected();
    const published = proxy.publish('texts.a', 'slow');
    const closed = proxy.close();
    codec.letGo();
    await Promise.all([published, closed]);
    expect(await taken('texts.a')).toEqual(['SLOW']);
  });

  it('are not waited for beyond the drain timeout', async () => {
    const proxy = await connected({ drainTimeout: 20 });
    const published = proxy.publish('texts.a', 'slow');
    published.catch(() => undefined);
    await proxy.close();
    codec.letGo();
    await expect(published).rejects.toEqual(code('CONNECTION_CLOSED'));
  });
});

it('lets no more publishes wait than may be unconfirmed', async () => {
  const proxy = await connected({ maxUnconfirmed: 2 });
  const waiting = [proxy.publish('texts.a', 'slow 1'), proxy.publish('texts.b', 'slow 2')];
  await expect(proxy.publish('texts.c', 'slow 3')).rejects.toEqual(code('BUFFER_FULL'));
  await proxy.publish('texts.c', 'quick');
  codec.letGo();
  await Promise.all(waiting);
  await proxy.publish('texts.c', 'quick');
});

describe('publishMany', () => {
  it('keeps the order, and says which it could not publish', async () => {
    const proxy = await connected();
    await proxy.publishMany('numbers', [1, 2, 3]);
    expect(await taken('numbers')).toEqual([1, 2, 3]);
    const some = proxy.publishMany('texts.a', ['a', 'bad', 'b']);
    await expect(some).rejects.toMatchObject({ total: 3, failures: [{ index: 1 }] });
    expect(await taken('texts.a')).toEqual(['A', 'B']);
    await proxy.publishMany('numbers', []);
  });
});
