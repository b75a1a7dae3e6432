import * as zlib from 'node:zlib';
import { RecordingSink, type DecoderEvent } from '../../testing';
import { MessageBatch } from '../message-batch';
import { BinaryBrokerFrameDecoder } from './broker-frame-decoder';
import { BinaryClientFrameEncoder } from './client-frame-encoder';
import { compressFrames } from './compressed-frames';
import { CompressingFrameEncoder } from './compressing-frame-encoder';
import { compressionNamed, COMPRESSIONS, type Compression } from './compression';
import { BinaryFrameDecoder } from './frame-decoder';
import { BinaryFrameEncoder } from './frame-encoder';
import { MAX_PIECE } from './layout';
import { agreedCompression, brokerPreface, clientPreface } from './preface';

const MIB = 1024 * 1024;
const deflate = compressionNamed('deflate');
const encoder = new BinaryClientFrameEncoder({ maxFrameBytes: 16 * MIB });
const ping = encoder.frame({ action: 'ping' });
const PING: DecoderEvent = { frame: { action: 'ping' } };
const publish = (text: string): Uint8Array =>
  encoder.frame({ action: 'publish', topic: 't', message: { bytes: Buffer.from(JSON.stringify(text)) } });
/** Frames of so many bytes, most of them one payload. */
const framesOf = (bytes: number): Uint8Array => publish('x'.repeat(bytes - publish('').length));

/** A compressed frame that says it holds so many bytes. */
function compressed(length: number, bytes: Uint8Array): Buffer {
  const varint = [0x80 | (length & 0x7f), 0x80 | ((length >> 7) & 0x7f), length >> 14];
  const frame = Buffer.concat([Buffer.alloc(4), Buffer.of(0x7c, ...varint), bytes]);
  frame.writeUInt32LE(frame.length - 4);
  return frame;
}
const holding = (bytes: Uint8Array): Buffer => compressed(bytes.length, zlib.deflateRawSync(bytes));

/** What a decoder finds in the chunks, goes on with what it holds, and how many times it had to. */
function hear(
  chunks: readonly Uint8Array[],
  { compression = deflate, maxFrameBytes = MIB }: { compression?: Compression; maxFrameBytes?: number } = {},
): { events: DecoderEvent[]; rounds: number; pending: number } {
  const decoder = new BinaryFrameDecoder({ maxFrameBytes }, compression);
  const sink = new RecordingSink();
  let rounds = 0;
  for (const chunk of [clientPreface(), ...chunks]) {
    const landing = Buffer.from(chunk);
    decoder.decode(landing, sink);
    // As with the next read.
    landing.fill('!');
    for (; decoder.holds; rounds++) decoder.decode(Buffer.alloc(0), sink);
  }
  return { events: sink.events, rounds, pending: decoder.pendingBytes };
}
const decode = (...chunks: readonly Uint8Array[]): DecoderEvent[] => hear([Buffer.concat(chunks)]).events;

describe.each(COMPRESSIONS.map((compression) => [compression.name, compression] as const))(
  'frames compressed with %s',
  (_, compression) => {
    const frames = Buffer.concat(
      Array.from({ length: 300 }, (__, n) => publish(`message ${n} ${'ab'.repeat(n)}`)),
    );
    const wire = compressFrames(frames, compression);

    it('are fewer bytes, and the same frames', () => {
      expect(frames.length).toBeGreaterThan(MAX_PIECE);
      expect(wire.length).toBeLessThan(frames.length / 4);
      const { events, pending } = hear([wire], { compression });
      expect(events).toEqual(hear([frames]).events);
      expect([events.length, pending]).toEqual([300, 0]);
    });

    it('are the same frames wherever the stream is cut', () => {
      const few = Buffer.concat([ping, compressFrames(frames.subarray(0, 3000), compression), ping]);
      const expected = hear([few], { compression }).events;
      for (let cut = 0; cut <= few.length; cut++)
        expect(hear([few.subarray(0, cut), few.subarray(cut)], { compression }).events).toEqual(expected);
    });

    it.each([
      ['a byte too many', 1],
      ['a byte too few', -1],
    ])('with a length of %s are INVALID_FRAME', (__, off) => {
      const bad = compressed(
        frames.length / 2 + off,
        compression.compress(frames.subarray(0, frames.length / 2)),
      );
      const { events } = hear([Buffer.concat([ping, bad, ping])], { compression });
      expect(events).toEqual([PING, { fatal: 'INVALID_FRAME' }]);
    });

    it.each([
      ['nothing', () => Buffer.alloc(0)],
      ['what is not compressed', () => Buffer.from('this is plain text, and none of what was agreed on')],
      ['what ends early', (whole: Uint8Array) => whole.subarray(0, whole.length - 2)],
      ['what goes on behind its end', (whole: Uint8Array) => Buffer.concat([whole, Buffer.of(1, 2)])],
    ])('that hold %s are INVALID_FRAME', (__, spoil) => {
      const bad = compressed(ping.length, spoil(compression.compress(ping)));
      const { events } = hear([Buffer.concat([ping, bad, ping])], { compression });
      expect(events).toEqual([PING, { fatal: 'INVALID_FRAME' }]);
    });

    it('that hold very much more than they say are not expanded to it', () => {
      const bomb = compression.compress(Buffer.alloc(64 * MIB));
      const before = process.memoryUsage().rss;
      const { events } = hear([compressed(MAX_PIECE, bomb)], { compression });
      expect(events).toEqual([{ fatal: 'INVALID_FRAME' }]);
      expect(process.memoryUsage().rss - before).toBeLessThan(48 * MIB);
    });
  },
);

describe('what is compressed', () => {
  it('is from 1 KiB to 4 MiB', () => {
    for (const [bytes, smaller] of [
      [1023, false],
      [1024, true],
      [4 * MIB, true],
      [4 * MIB + 1, false],
    ] as const) {
      const frames = framesOf(bytes);
      expect(frames.length).toBe(bytes);
      const wire = compressFrames(frames, deflate);
      expect(wire.length < bytes).toBe(smaller);
      if (!smaller) expect(wire).toBe(frames);
    }
  });

  it('is nothing that does not get smaller', () => {
    const noise = Buffer.from(Array.from({ length: 10_000 }, (_, n) => (Math.sin(n) * 1e9) & 0xff));
    const frames = encoder.publishes('t', MessageBatch.of(noise, { contentType: 'image/png' }));
    expect(compressFrames(frames, deflate)).toBe(frames);
  });

  it('goes in pieces that the other side takes, also where some get larger', () => {
    const noise = Buffer.from(Array.from({ length: 100_000 }, (_, n) => (Math.sin(n) * 1e9) & 0xff));
    const text = Buffer.alloc(100_000, 'text ');
    const frames = encoder.publishes(
      't',
      MessageBatch.of(Buffer.concat([text, noise]), { contentType: 'a/b' }),
    );
    const wire = compressFrames(frames, deflate, 4096);
    for (let at = 0; at < wire.length;) {
      const size = 4 + Buffer.from(wire).readUInt32LE(at);
      expect(size).toBeLessThan(4096 + 32);
      at += size;
    }
    expect(hear([wire]).events).toEqual(hear([frames]).events);
  });

  it('is pushes and long answers, not confirms', () => {
    const plain = new BinaryFrameEncoder();
    const compressing = new CompressingFrameEncoder(plain, deflate);
    const style = { meta: false, subscription: 's', epoch: 'e' };
    const stored = (bytes: number) => ({
      topic: 't',
      firstSequence: 1,
      timestamp: 1,
      messages: MessageBatch.of(Buffer.from(JSON.stringify('x'.repeat(bytes)))),
    });
    const run = { count: 5000, batches: [], ids: Array.from({ length: 5000 }, (_, id) => id) };
    expect(compressing.confirms(run)).toEqual(plain.confirms(run));
    expect(compressing.pushes(stored(100), style)).toEqual(plain.pushes(stored(100), style));
    const big = stored(100_000);
    const answer = { type: 'success', id: 1, message: { bytes: big.messages.bytes } } as const;
    const wire = Buffer.concat([...compressing.pushes(big, style), compressing.frame(answer)]);
    expect(wire.length).toBeLessThan(10_000);
    const heard: unknown[] = [];
    const decoder = new BinaryBrokerFrameDecoder({}, deflate);
    decoder.decode(Buffer.concat([brokerPreface(MIB, deflate), wire]), {
      onConfirms: () => heard.push('confirms'),
      onPush: ({ value }) => heard.push(value),
      onFrame: ({ type }) => heard.push(type),
      onFatal: ({ code }) => heard.push(code),
    });
    expect(heard).toEqual(['x'.repeat(100_000), 'success']);
    expect(compressing.name).toBe('binary+deflate');
  });
});

describe('a compressed frame', () => {
  it('holds 64 KiB at most', () => {
    const whole = framesOf(MAX_PIECE);
    expect(decode(holding(whole), ping)).toEqual([...decode(whole), PING]);
    expect(decode(ping, holding(framesOf(MAX_PIECE + 1)))).toEqual([PING, { fatal: 'FRAME_TOO_LARGE' }]);
  });

  it('holds no frame that is longer than the limit, and is none itself', () => {
    const limit = { maxFrameBytes: 4096 };
    expect(hear([holding(framesOf(4096))], limit).events).toEqual(decode(framesOf(4096)));
    expect(hear([holding(framesOf(4097))], limit).events).toEqual([{ fatal: 'FRAME_TOO_LARGE' }]);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(4093);
    expect(hear([Buffer.concat([holding(ping), length])], limit).events).toEqual([
      PING,
      { fatal: 'FRAME_TOO_LARGE' },
    ]);
  });

  it('may end in a frame, which goes on in the next one and nowhere else', () => {
    const frames = Buffer.concat([publish('one'), publish('two')]);
    const [first, second] = [holding(frames.subarray(0, 30)), holding(frames.subarray(30))];
    expect(hear([first]).pending).toBeGreaterThan(0);
    expect(decode(first, second, ping)).toEqual([...decode(frames), PING]);
    expect(decode(first, ping).at(-1)).toEqual({ fatal: 'INVALID_FRAME' });
  });

  it('within a compressed frame is no frame', () => {
    expect(decode(holding(holding(ping)), ping)).toEqual([
      { refused: 'UNKNOWN_ACTION', text: 'Unknown action' },
      PING,
    ]);
  });

  it('is not known where nothing has been agreed', () => {
    const sink = new RecordingSink();
    new BinaryFrameDecoder().decode(Buffer.concat([clientPreface(), holding(ping), ping]), sink);
    expect(sink.events).toEqual([{ refused: 'UNKNOWN_ACTION', text: 'Unknown action' }, PING]);
  });

  it('is expanded with others up to 256 KiB in one go, however few bytes they are', () => {
    const pings = Buffer.concat(new Array<Uint8Array>(100).fill(ping));
    const many = new Array<Uint8Array>(1000).fill(holding(pings));
    const { events, rounds } = hear([Buffer.concat([...many, publish('last')])]);
    expect(events.length).toBe(100_001);
    expect(events.at(-1)).toMatchObject({ publish: 't' });
    expect(rounds).toBeGreaterThan(10);
    expect(hear([Buffer.concat(many.slice(0, 50))]).rounds).toBe(0);
  });
});

describe('the prefaces', () => {
  it('agree on the first that the broker takes of those offered', () => {
    const [first, second] = COMPRESSIONS;
    const both = clientPreface([first, second]);
    expect(agreedCompression(both, COMPRESSIONS)).toBe(first);
    expect(agreedCompression(both, [second, first])).toBe(second);
    expect(agreedCompression(clientPreface([second]), [first])).toBeUndefined();
    expect(agreedCompression(clientPreface(), COMPRESSIONS)).toBeUndefined();
  });

  it('that take for granted what was not offered end the connection', () => {
    for (const offered of [undefined, compressionNamed('brotli')]) {
      const heard: string[] = [];
      const decoder = new BinaryBrokerFrameDecoder({}, offered);
      decoder.decode(brokerPreface(MIB, deflate), {
        onConfirms: () => heard.push('confirms'),
        onPush: () => heard.push('push'),
        onFrame: () => heard.push('frame'),
        onFatal: ({ code }) => heard.push(code),
      });
      expect([heard, decoder.compression]).toEqual([['INVALID_FRAME'], undefined]);
    }
  });

  const known = COMPRESSIONS.map(({ name }): string => name);
  it.each(['morse', 'none', 'zstd'].filter((name) => !known.includes(name)))(
    'cannot offer %s where Node.js does not have it',
    (name) => {
      expect(() => compressionNamed(name)).toThrow(
        expect.objectContaining({ code: 'INVALID_CONFIG', field: 'compression' }),
      );
    },
  );
});
