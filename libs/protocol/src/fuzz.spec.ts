import * as fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { RecordingSink } from '../testing';
import { BinaryBrokerFrameDecoder } from './binary/broker-frame-decoder';
import { BinaryFrameDecoder } from './binary/frame-decoder';
import { MAX_PIECE } from './binary/layout';
import { brokerPreface, clientPreface } from './binary/preface';
import { compressionNamed, type Compression } from './binary/compression';
import type { BrokerFrameSink } from './client-codec';
import type { FrameDecoder } from './codec';
import { JsonLinesBrokerFrameDecoder } from './json-lines/broker-frame-decoder';
import { JsonLinesFrameDecoder } from './json-lines/frame-decoder';

const MAX_FRAME_BYTES = 4096;
/** Runs of one decoder: all of them together take a second or two. */
const RUNS = 400;

/** Each file is a stream as hexadecimal digits, white space between them; streams that once went wrong stay here. */
function corpus(name: string): Buffer[] {
  const folder = join(__dirname, '../fixtures/fuzz', name);
  return readdirSync(folder)
    .sort()
    .map((file) => Buffer.from(readFileSync(join(folder, file), 'utf8').replace(/\s/g, ''), 'hex'));
}

interface Counted {
  readonly events: number;
  readonly fatal: boolean;
  readonly pending: number;
}

function hearClient(decoder: FrameDecoder, chunks: readonly Buffer[]): Counted {
  const sink = new RecordingSink();
  for (const chunk of chunks) {
    decoder.decode(chunk, sink);
    while (decoder.holds) decoder.decode(Buffer.alloc(0), sink);
  }
  const fatal = sink.events.some((event) => 'fatal' in event);
  return { events: sink.events.length, fatal, pending: decoder.pendingBytes };
}

function hearBroker(
  decoder: BinaryBrokerFrameDecoder | JsonLinesBrokerFrameDecoder,
  chunks: readonly Buffer[],
): Counted {
  let events = 0;
  let fatal = false;
  const sink: BrokerFrameSink = {
    // How many come at once is a matter of chunks.
    onConfirms: () => undefined,
    onPush: ({ bytes }) => (events += Math.min(1, 1 + bytes.length)),
    onFrame: () => events++,
    onFatal: () => (fatal = true),
  };
  for (const chunk of chunks) decoder.decode(chunk, sink);
  return { events, fatal, pending: decoder.pendingBytes };
}

/** What befalls a stream: bytes changed, put in, taken out, doubled, or cut off. */
const damage = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), bytes: fc.uint8Array({ maxLength: 12 }) }),
  fc.record({ kind: fc.constant('remove' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ kind: fc.constant('end' as const), at: fc.nat() }),
);
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(stream: Buffer, harm: Damage): Buffer {
  const at = harm.at % (stream.length + 1);
  const [before, behind] = [stream.subarray(0, at), stream.subarray(at)];
  switch (harm.kind) {
    case 'set':
      return Buffer.concat([before, Buffer.of(harm.byte), behind.subarray(1)]);
    case 'insert':
      return Buffer.concat([before, harm.bytes, behind]);
    case 'remove':
      return Buffer.concat([before, behind.subarray(harm.length)]);
    case 'repeat':
      return Buffer.concat([before, behind.subarray(0, harm.length), behind]);
    case 'end':
      return before;
  }
}

function inPieces(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => Buffer.from(stream.subarray(from, places[index])));
}

const OPTIONS = { maxFrameBytes: MAX_FRAME_BYTES };
const DEFLATE = compressionNamed('deflate');
/** Frames that one byte of a stream may hold: a compressed one is 14 bytes at least, those in it 4 at least. */
const FRAMES_A_BYTE = MAX_PIECE / (14 * 4);

describe.each<[string, string, Buffer, (chunks: readonly Buffer[]) => Counted]>([
  [
    'the broker, in binary frames',
    'binary',
    clientPreface(),
    (chunks) => hearClient(new BinaryFrameDecoder(OPTIONS), chunks),
  ],
  [
    'the broker, in JSON lines',
    'json-lines',
    Buffer.alloc(0),
    (chunks) => hearClient(new JsonLinesFrameDecoder(OPTIONS), chunks),
  ],
  [
    'a client, in binary frames',
    'binary',
    brokerPreface(MAX_FRAME_BYTES),
    (chunks) => hearBroker(new BinaryBrokerFrameDecoder(OPTIONS), chunks),
  ],
  [
    'the broker, in compressed binary frames',
    'compressed',
    clientPreface([DEFLATE]),
    (chunks) => hearClient(new BinaryFrameDecoder(OPTIONS, DEFLATE), chunks),
  ],
  [
    'a client, in compressed binary frames',
    'compressed',
    brokerPreface(MAX_FRAME_BYTES, DEFLATE),
    (chunks) => hearBroker(new BinaryBrokerFrameDecoder(OPTIONS, DEFLATE), chunks),
  ],
  [
    'a client, in JSON lines',
    'json-lines',
    Buffer.alloc(0),
    (chunks) => hearBroker(new JsonLinesBrokerFrameDecoder(OPTIONS), chunks),
  ],
])('%s', (_, name, preface, hear) => {
  const streams = corpus(name);
  const isCompressed = name === 'compressed';

  const expectSound = (stream: Buffer, cuts: readonly number[]): void => {
    const heard = hear(inPieces(stream, cuts));
    // Nothing is thrown, nothing hangs, nothing is made out of nothing or kept beyond the limit.
    expect(heard.pending).toBeLessThanOrEqual(isCompressed ? 2 * MAX_FRAME_BYTES : MAX_FRAME_BYTES);
    expect(heard.events).toBeLessThanOrEqual(stream.length * (isCompressed ? FRAMES_A_BYTE : 1));
    if (cuts.length === 0) return;
    // And binary frames are the same however they come; in JSON lines, newlines that came before decide as well.
    if (name !== 'json-lines') expect(heard).toEqual(hear(inPieces(stream, [])));
  };

  test('every stream of the corpus is frames and errors', () => {
    expect(streams.length).toBeGreaterThan(5);
    for (const stream of streams) {
      expectSound(Buffer.concat([preface, stream]), []);
      expectSound(Buffer.concat([preface, stream]), [3, 17, 40]);
    }
  });

  test('and so is every stream that something has befallen', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...streams),
        fc.constantFrom(...streams),
        fc.array(damage, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat({ max: MAX_FRAME_BYTES }), { maxLength: 4 }),
        (first, second, harms, cuts) => {
          const stream = harms.reduce(damaged, Buffer.concat([first, second]));
          expectSound(Buffer.concat([preface, stream]), cuts);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test('and so are any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, whole) =>
        expectSound(Buffer.concat([whole ? preface : Buffer.alloc(0), bytes]), [bytes.length >> 1]),
      ),
      { numRuns: RUNS },
    );
  });
});

test('what is compressed is the same frames as what is not, whatever has befallen them', () => {
  const compressed = (piece: Buffer): Buffer => {
    const bytes = deflateRawSync(piece);
    const head = Buffer.of(0, 0, 0, 0, 0x7c, 0x80 | (piece.length & 0x7f), piece.length >> 7);
    head.writeUInt32LE(head.length - 4 + bytes.length);
    return Buffer.concat([head, bytes]);
  };
  const streams = corpus('binary');
  fc.assert(
    fc.property(
      fc.constantFrom(...streams),
      fc.constantFrom(...streams),
      fc.array(damage, { maxLength: 4 }),
      fc.array(fc.nat({ max: MAX_FRAME_BYTES }), { maxLength: 4 }),
      (first, second, harms, cuts) => {
        const stream = harms.reduce(damaged, Buffer.concat([first, second]));
        const pieces = inPieces(stream, cuts).filter(({ length }) => length > 0);
        const hear = (chunks: readonly Buffer[], agreed?: Compression): Counted =>
          hearClient(new BinaryFrameDecoder(OPTIONS, agreed), [clientPreface(), ...chunks]);
        expect(hear(pieces.map(compressed), DEFLATE)).toEqual(hear([stream]));
      },
    ),
    { numRuns: RUNS },
  );
});
