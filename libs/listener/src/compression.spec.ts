import {
  agreedCompression,
  BinaryBrokerFrameDecoder,
  BinaryClientFrameEncoder,
  BinaryFrameDecoder,
  BinaryFrameEncoder,
  brokerPreface,
  clientPreface,
  compressFrames,
  CompressingFrameEncoder,
  compressionNamed,
  JsonLinesFrameDecoder,
  JsonLinesFrameEncoder,
  type MessageBatch,
  MessageBatchBuilder,
  OneTopicEncoder,
  SimpleEncoder,
  type Compression,
} from '@pochta/protocol';
import {
  cleanUp,
  eventually,
  FakePeer,
  startBroker,
  startCore,
  type Address,
  type StartedBroker,
  type TestCore,
} from '@pochta/testing';
import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import type { CodecTable } from './codec-table';
import { TcpListener } from './tcp-listener';

const MIB = 1024 * 1024;
const deflate = compressionNamed('deflate');
const brotli = compressionNamed('brotli');
const encoder = new BinaryClientFrameEncoder();
const ping = encoder.frame({ action: 'ping', id: 'p' });
const PUBLISHED = { status: 'success', message: 'Published' };

/** A compressed frame that says it holds so many bytes. */
function compressed(length: number, bytes: Uint8Array): Buffer {
  const varint = [0x80 | (length & 0x7f), 0x80 | ((length >> 7) & 0x7f), length >> 14];
  const frame = Buffer.concat([Buffer.alloc(4), Buffer.of(0x7c, ...varint), bytes]);
  frame.writeUInt32LE(frame.length - 4);
  return frame;
}
const holding = (bytes: Uint8Array): Buffer => compressed(bytes.length, deflateRawSync(bytes));

const batchOf = (values: readonly unknown[]): MessageBatch => {
  const builder = new MessageBatchBuilder();
  for (const value of values) {
    const bytes = Buffer.from(JSON.stringify(value));
    builder.add(bytes, 0, bytes.length);
  }
  return builder.build();
};

/** 90 MB of publishes, in frames of some hundred bytes. */
const zeros = Array.from({ length: 1500 }, (_, id) => {
  const message = { bytes: Buffer.alloc(60_000), contentType: 'a/b' };
  return holding(encoder.frame({ action: 'publish', topic: 'zeros', message, id }));
});

/** A peer that says bytes, what it has heard as bytes, and as values and codes. */
class RawPeer {
  readonly chunks: Buffer[] = [];

  private constructor(
    readonly peer: FakePeer,
    private readonly offered = deflate,
  ) {
    peer.socket.on('data', (chunk: Buffer) => this.chunks.push(chunk));
  }

  static async connect(broker: Address, offered?: typeof deflate): Promise<RawPeer> {
    const raw = new RawPeer(await FakePeer.connect(broker), offered);
    raw.send(clientPreface(offered && [offered]));
    return raw;
  }

  send(...bytes: readonly Uint8Array[]): void {
    this.peer.sendBytes(Buffer.concat(bytes));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get heard(): unknown[] {
    const heard: unknown[] = [];
    new BinaryBrokerFrameDecoder({}, this.offered).decode(this.bytes, {
      onConfirms: (count) => heard.push(...new Array<string>(count).fill('confirm')),
      onPush: ({ value }) => heard.push(value),
      onFrame: (frame) => heard.push(frame.type === 'error' ? frame.code : frame.type),
      onFatal: ({ code }) => heard.push(`fatal ${code}`),
    });
    return heard;
  }
}

describe('compressed binary frames', () => {
  let broker: StartedBroker;
  let other: FakePeer;
  beforeEach(async () => {
    broker = await startBroker({
      defaults: { maxMessages: 1_000_000 },
      topics: { zeros: { maxMessages: 10, overflow: 'drop-oldest' } },
    });
    other = await FakePeer.connect(broker);
  });
  afterEach(cleanUp);
  const othersLive = async (): Promise<void> =>
    expect(await other.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });

  it.each([
    ['deflate', deflate],
    ['brotli', brotli],
  ])('are agreed on in the prefaces: %s', async (_, offered) => {
    const peer = await RawPeer.connect(broker, offered);
    await eventually(() => peer.bytes.length > 0);
    expect(peer.bytes).toEqual(brokerPreface(MIB, offered));
    expect(agreedCompression(clientPreface([offered]), [deflate, brotli])).toBe(offered);
  });

  it('are not spoken to who does not offer them, and not taken from it', async () => {
    const peer = await RawPeer.connect(broker);
    peer.send(holding(ping), ping);
    await eventually(() => peer.heard.length === 2);
    expect(peer.bytes.subarray(0, 16)).toEqual(brokerPreface(MIB));
    expect(peer.heard).toEqual(['UNKNOWN_ACTION', 'success']);
  });

  it('are declined by a broker that takes none of what is offered', async () => {
    for (const compression of ['none', 'brotli'] as const) {
      const declining = await startBroker({ compression });
      const peer = await RawPeer.connect(declining, deflate);
      await eventually(() => peer.bytes.length > 0);
      expect(peer.bytes).toEqual(brokerPreface(MIB));
    }
  });

  it('are what a broker that cannot do them refuses to be configured with', async () => {
    await expect(startBroker({ compression: 'morse' as 'deflate' })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      field: 'compression',
    });
  });

  it('come to subscribers of every kind as what they hold', async () => {
    const values = Array.from({ length: 200 }, (_, n) => ({ n, text: 'as usual' }));
    const subscribers = [
      await RawPeer.connect(broker, deflate),
      await RawPeer.connect(broker, deflate),
      await RawPeer.connect(broker, brotli),
      await RawPeer.connect(broker),
    ];
    for (const subscriber of subscribers)
      subscriber.send(encoder.frame({ action: 'subscribe', topic: 't', id: 1 }));
    await other.ask({ action: 'subscribe', topic: 't' });
    await eventually(() => subscribers.every(({ heard }) => heard.includes('success')));
    const before = subscribers.map(({ bytes }) => bytes.length);
    const publisher = await RawPeer.connect(broker, deflate);
    publisher.send(compressFrames(encoder.publishes('t', batchOf(values)), deflate));
    await eventually(() => subscribers.every(({ heard }) => heard.length === 201));
    for (const { heard } of subscribers) expect(heard).toEqual(['success', ...values]);
    expect((await other.take(200)).map(({ message }) => message)).toEqual(values);
    expect(publisher.heard).toEqual(new Array<string>(200).fill('confirm'));
    const wires = subscribers.map(({ bytes }, index) => bytes.subarray(before[index]));
    expect(wires[0]).toEqual(wires[1]);
    for (const wire of wires.slice(0, 3)) expect(wire.length).toBeLessThan(wires[3].length / 4);
  });

  it('that are bad end their own connection, and what was before them is done', async () => {
    for (const [bad, code] of [
      [compressed(ping.length, Buffer.from('nonsense')), 'INVALID_FRAME'],
      [compressed(ping.length + 1, deflateRawSync(ping)), 'INVALID_FRAME'],
      [compressed(64 * 1024, deflateRawSync(Buffer.alloc(64 * MIB))), 'INVALID_FRAME'],
      [compressed(64 * 1024 + 1, deflateRawSync(Buffer.alloc(64 * 1024 + 1))), 'FRAME_TOO_LARGE'],
      [Buffer.concat([holding(ping.subarray(0, 5)), ping]), 'INVALID_FRAME'],
    ] as const) {
      const peer = await RawPeer.connect(broker, deflate);
      peer.send(encoder.publishes('bad', batchOf([1])), holding(ping), bad, ping);
      await peer.peer.ended;
      expect(peer.heard).toEqual(['confirm', 'success', code]);
      await othersLive();
    }
  });

  it('are as one that is not compressed when they stay incomplete', async () => {
    const hasty = await startBroker({ wireLimits: { frameTimeout: 200 } });
    const peer = await RawPeer.connect(hasty, deflate);
    peer.send(holding(ping.subarray(0, 5)));
    await peer.peer.ended;
    expect(peer.heard).toEqual(['FRAME_TIMEOUT']);
  });

  it('that hold a thousand times what they are hold nobody up', async () => {
    const peer = await RawPeer.connect(broker, deflate);
    peer.send(...zeros);
    await othersLive();
    expect(peer.heard.length).toBeLessThan(zeros.length);
    await eventually(() => peer.heard.length === zeros.length);
    expect(new Set(peer.heard)).toEqual(new Set(['success']));
  });

  it('that waited for their turn left their peer taken for one whose frame stays incomplete', async () => {
    const hasty = await startBroker({ wireLimits: { frameTimeout: 200 } });
    const peer = await RawPeer.connect(hasty, deflate);
    const message = { bytes: Buffer.alloc(100_000), contentType: 'a/b' };
    const frames = Array.from({ length: 300 }, (_, id) =>
      encoder.frame({ action: 'publish', topic: 't', message, id }),
    );
    const whole = Buffer.concat(frames);
    const pieces: Buffer[] = [];
    for (let at = 0; at < whole.length; at += 65_000) pieces.push(holding(whole.subarray(at, at + 65_000)));
    peer.send(...pieces);
    await eventually(() => peer.heard.length === frames.length);
    const incomplete = await RawPeer.connect(hasty);
    incomplete.send(ping.subarray(0, 5));
    await incomplete.peer.ended;
    peer.send(ping);
    await eventually(() => peer.heard.length > frames.length);
    expect(new Set(peer.heard)).toEqual(new Set(['success']));
  });

  it('come to a subscriber that does not read for a while, all of them and in order', async () => {
    const peer = await RawPeer.connect(broker, deflate);
    peer.send(encoder.frame({ action: 'subscribe', topic: 't', id: 1 }));
    await eventually(() => peer.heard.length === 1);
    peer.peer.socket.pause();
    const publisher = await RawPeer.connect(broker, deflate);
    const values = Array.from({ length: 20_000 }, (_, n) => ({ n, text: 'x'.repeat(n % 1000) }));
    for (let n = 0; n < values.length; n += 1000)
      publisher.send(compressFrames(encoder.publishes('t', batchOf(values.slice(n, n + 1000))), deflate));
    await eventually(() => publisher.heard.length === values.length);
    peer.peer.socket.resume();
    await eventually(() => peer.heard.length === 1 + values.length);
    expect(peer.heard.slice(1)).toEqual(values);
  });
});

describe('the work of compressing', () => {
  let core: TestCore;
  let listener: TcpListener;
  let calls: { compress: number; expand: number };

  beforeEach(async () => {
    calls = { compress: 0, expand: 0 };
    const counted: Compression = {
      ...deflate,
      compress: (bytes) => (calls.compress++, deflate.compress(bytes)),
      expand: (bytes, length) => (calls.expand++, deflate.expand(bytes, length)),
    };
    core = await startCore();
    listener = new TcpListener({ broker: core.broker, port: 0, codecs: codecsWith(counted) });
    await listener.open();
  });
  afterEach(async () => {
    await cleanUp();
    await listener.close(1000);
    await core.stop();
  });

  it('is done once for all subscribers that speak alike', async () => {
    const [address] = listener.addresses;
    const subscribers = await Promise.all([1, 2, 3, 4].map(() => RawPeer.connect(address, deflate)));
    const subscribe = encoder.frame({ action: 'subscribe', topic: 't', id: 1 });
    for (const subscriber of subscribers) subscriber.send(subscribe);
    await eventually(() => subscribers.every(({ heard }) => heard.length === 1));
    const publisher = await RawPeer.connect(address, deflate);
    publisher.send(encoder.publishes('t', batchOf(Array.from({ length: 200 }, () => 'as usual'))));
    await eventually(() => subscribers.every(({ heard }) => heard.length === 201));
    expect(calls.compress).toBe(1);
  });

  it('waits while the peer takes no answers, and what it would make of few bytes with it', async () => {
    const [address] = listener.addresses;
    const other = await FakePeer.connect(address);
    const noise = randomBytes(45_000).toString('base64');
    for (let n = 0; n < 400; n++)
      expect(await other.ask({ action: 'publish', topic: 'noise', message: noise })).toEqual(PUBLISHED);
    const peer = await RawPeer.connect(address, deflate);
    peer.peer.socket.pause();
    const gets = Array.from({ length: 400 }, (_, id) => encoder.frame({ action: 'get', topic: 'noise', id }));
    peer.send(...gets, ...zeros);
    await eventually(() => peer.peer.socket.writableLength === 0 && calls.expand > 0);
    for (let turn = 0; turn < 20; turn++)
      expect(await other.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });
    expect(calls.expand).toBeLessThan(20);
    peer.peer.socket.resume();
    await eventually(() => calls.expand === zeros.length);
    let bytes = 0;
    await eventually(() => bytes === (bytes = peer.bytes.length) && peer.heard.length === 400 + zeros.length);
    expect(new Set(peer.heard)).toEqual(new Set(['success']));
  });
});

/** Codecs of a broker that takes one compression. */
function codecsWith(agreed: Compression): CodecTable {
  const lines = new JsonLinesFrameEncoder();
  const plain = new BinaryFrameEncoder();
  const compressing = new CompressingFrameEncoder(plain, agreed);
  return {
    'json-lines': {
      encoder: lines,
      open: (_, limits) => ({ encoder: lines, decoder: new JsonLinesFrameDecoder(limits) }),
    },
    binary: {
      encoder: plain,
      open: (_, limits) => ({
        encoder: compressing,
        decoder: new BinaryFrameDecoder(limits, agreed),
        preface: brokerPreface(limits.maxFrameBytes, agreed),
      }),
    },
    simple: new SimpleEncoder(),
    shorthand: new OneTopicEncoder(),
  };
}
