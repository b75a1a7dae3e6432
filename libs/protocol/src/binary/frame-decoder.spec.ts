import * as fc from 'fast-check';
import { RecordingSink, type DecoderEvent } from '../../testing';
import type { FrameSink, PublishRun } from '../codec';
import type { ClientFrame, RequestId } from '../frames';
import { JsonLinesClientFrameEncoder } from '../json-lines/client-frame-encoder';
import { JsonLinesFrameDecoder, type FrameDecoderOptions } from '../json-lines/frame-decoder';
import { DEFAULT_LIMITS } from '../limits';
import { type MessageBatch, MessageBatchBuilder, type MessageAttributes } from '../message-batch';
import { BinaryClientFrameEncoder } from './client-frame-encoder';
import { BinaryFrameDecoder } from './frame-decoder';
import { clientPreface } from './preface';

const encoder = new BinaryClientFrameEncoder();
const jsonEncoder = new JsonLinesClientFrameEncoder();
const json = (text: string): { bytes: Buffer } => ({ bytes: Buffer.from(text) });
const png = { bytes: Buffer.of(0, 255, 0x0a), contentType: 'image/png' };
const PING: DecoderEvent = { frame: { action: 'ping' } };
const ping = encoder.frame({ action: 'ping' });

function decodeChunks(chunks: readonly Uint8Array[], options?: FrameDecoderOptions): RecordingSink {
  const decoder = new BinaryFrameDecoder(options);
  const sink = new RecordingSink();
  for (const chunk of chunks) decoder.decode(Buffer.from(chunk), sink);
  return sink;
}
const decode = (...frames: readonly Uint8Array[]): DecoderEvent[] =>
  decodeChunks([Buffer.concat([clientPreface(), ...frames])]).events;

/** A frame with this body, type and all. */
function frame(...body: (number | string | Uint8Array)[]): Buffer {
  const bytes = Buffer.concat(
    body.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part as string))),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function decodeJson(...lines: readonly Uint8Array[]): DecoderEvent[] {
  const sink = new RecordingSink();
  new JsonLinesFrameDecoder().decode(Buffer.concat(lines), sink);
  return sink.events;
}

function batch(
  payloads: readonly (string | Buffer)[],
  attributes?: readonly (MessageAttributes | undefined)[],
  messageIds?: readonly (string | undefined)[],
): MessageBatch {
  const builder = new MessageBatchBuilder();
  payloads.forEach((payload, index) => {
    const bytes = Buffer.from(payload as string);
    builder.add(bytes, 0, bytes.length, attributes?.[index], messageIds?.[index]);
  });
  return builder.build();
}

const FRAMES: ClientFrame[] = [
  { action: 'publish', topic: 'x', message: json('{"n":1}') },
  { action: 'publish', topic: 'день', message: json('"привет 😀"'), id: 'й' },
  { action: 'publish', topic: 'x', message: png, id: 7 },
  { action: 'publish', topic: 'x', message: json('1'), id: -1.5, key: 'k', headers: { a: 'b', '': '😀' } },
  { action: 'publish', topic: 'x', message: json('1'), priority: 9, delay: 5, ttl: 10, messageId: 'm' },
  { action: 'publish', topic: 'x', message: json('1'), deliverAt: 1_700_000_000_000, messageId: 'a-12' },
  { action: 'subscribe', topic: 'a.>', id: 1, meta: true },
  {
    action: 'subscribe',
    id: 'x',
    topic: 'a.>',
    from: { topics: { 'a.b': { sequence: 4, epoch: 'e' } }, otherwise: { time: 5 } },
  },
  {
    action: 'subscribe',
    topic: 'x',
    group: 'g',
    prefetch: 5,
    backoff: { min: 8, max: 9 },
    subscription: 's',
  },
  { action: 'unsubscribe', topic: 'x', group: 'g' },
  { action: 'get', topic: 'x', id: 'й' },
  { action: 'ack', topic: 'x', group: 'g', sequences: [1, 2, 3, 9, 5] },
  { action: 'ack', topic: 'x', group: 'g', sequences: [Number.MAX_SAFE_INTEGER], id: 3 },
  { action: 'nack', topic: 'x', group: 'g', sequences: [1], delay: 0 },
  { action: 'nack', topic: 'x', group: 'g', sequences: [1] },
  { action: 'terminate', topic: 'x', group: 'g', sequences: [1], reason: 'r' },
  { action: 'touch', topic: 'x', group: 'g', sequences: [4, 4] },
  {
    action: 'transaction',
    id: 2,
    operations: [
      { action: 'publish', topic: 'x', message: json('{"a":1.0}'), headers: { a: 'b' }, messageId: 'm' },
      { action: 'ack', topic: 'x', group: 'g', sequences: [1, 2] },
      { action: 'publish', topic: 'y', message: png, key: 'k' },
    ],
  },
  { action: 'request', topic: '$pochta.x', message: json('[1]'), id: 1 },
  { action: 'request', topic: 'x', message: png, headers: { a: 'b' }, timeout: 5 },
  { action: 'respond', topic: 'x' },
  { action: 'unrespond', topic: 'x', id: 1 },
  { action: 'reply', correlationId: 'c', message: json('null'), more: true },
  { action: 'reply', correlationId: 'c', message: png },
  { action: 'reply', correlationId: 'c', error: { message: 'no' } },
  { action: 'reply', correlationId: 'c', error: { code: 'C', message: '' }, more: true },
  { action: 'reply', correlationId: 'c' },
  { action: 'cancel', id: 'r' },
  { action: 'auth', user: 'u', password: 'p' },
  { action: 'ping' },
  { action: 'ping', id: '' },
];

test.each(FRAMES)('$action says in binary frames what it says in JSON lines: %j', (sample) => {
  const events = decode(encoder.frame(sample));
  expect(events).toHaveLength(1);
  expect(events).toEqual(decodeJson(jsonEncoder.frame(sample)));
});

test('every frame may be cut at every byte', () => {
  for (const sample of FRAMES) {
    const bytes = Buffer.concat([clientPreface(), ping, encoder.frame(sample), ping]);
    const [whole] = [decodeChunks([bytes]).events];
    expect(whole).toHaveLength(3);
    for (let cut = 1; cut < bytes.length; cut++) {
      expect(decodeChunks([bytes.subarray(0, cut), bytes.subarray(cut)]).events).toEqual(whole);
    }
    expect(decodeChunks([...bytes].map((byte) => Buffer.of(byte))).events).toEqual(whole);
  }
});

describe('publishes', () => {
  test('many messages of one topic are one frame, and come out as one batch', () => {
    const payloads = Array.from({ length: 300 }, (_, n) => JSON.stringify({ n }));
    const bytes = encoder.publishes('x', batch(payloads));
    const sink = new RecordingSink();
    new BinaryFrameDecoder().decode(Buffer.concat([clientPreface(), bytes]), sink);
    expect(sink.runs).toHaveLength(1);
    const [{ count, batches, batchOf }] = sink.runs;
    expect([count, batches.length, batchOf]).toEqual([300, 1, undefined]);
    expect(sink.events.map((event) => 'message' in event && event.message)).toEqual(payloads);
  });

  test('a plain message costs its payload and four bytes', () => {
    const one = encoder.publishes('x', batch(['1'])).length;
    expect(encoder.publishes('x', batch(['1', '2'])).length - one).toBe(5);
  });

  test('the message ids that a client counts cost one byte each', () => {
    const ids = ['Zk3-9', 'Zk3-10', 'Zk3-14'];
    const plain = encoder.publishes('x', batch(['1', '2', '3'])).length;
    const bytes = encoder.publishes('x', batch(['1', '2', '3'], undefined, ids));
    expect(bytes.length - plain).toBe(1 + 'Zk3-'.length + 3);
    expect(decode(bytes).map((event) => 'messageId' in event && event.messageId)).toEqual(ids);
  });

  test.each([
    [['a', 'b', 'c']],
    [['a-1', undefined, 'a-2']],
    [['a-2', 'a-1', 'a-3']],
    [['a-01', 'a-02', 'a-03']],
    [['1', '2', '3']],
    [['9007199254740993', '9007199254740994', 'x']],
    [['a-1', 'a-1', 'b-1']],
  ])('message ids of any kind come as they are: %j', (ids) => {
    const events = decode(encoder.publishes('x', batch(['1', '2', '3'], undefined, ids)));
    expect(events.map((event) => ('messageId' in event ? event.messageId : undefined))).toEqual(ids);
  });

  test('five topics interleaved in one chunk are five batches, and the answers keep the order', () => {
    const frames = Array.from({ length: 20 }, (_, n) => encoder.publishes(`t${n % 5}`, batch([`${n}`])));
    const sink = decodeChunks([Buffer.concat([clientPreface(), ...frames])]);
    expect(sink.runs).toHaveLength(1);
    expect(sink.runs[0].batches.map(({ topic, messages }) => [topic, messages.count])).toEqual(
      [0, 1, 2, 3, 4].map((n) => [`t${n}`, 4]),
    );
    expect(sink.events.map((event) => 'message' in event && event.message)).toEqual(
      Array.from({ length: 20 }, (_, n) => `${n}`),
    );
  });

  test('a content type that all messages have is said once', () => {
    const attributes = new Array<MessageAttributes>(50).fill({ contentType: 'image/png' });
    const payloads = new Array<Buffer>(50).fill(png.bytes);
    const bytes = encoder.publishes('x', batch(payloads, attributes));
    expect(bytes.length).toBeLessThan(50 * (3 + 4) + 40);
    const sink = decodeChunks([clientPreface(), bytes]);
    expect(sink.runs[0].batches[0].messages.attributes).toEqual(attributes);
  });

  test('a batch is divided into frames that the broker takes', () => {
    const small = new BinaryClientFrameEncoder({ maxFrameBytes: 4096 });
    const payloads = Array.from({ length: 1000 }, (_, n) => JSON.stringify({ n, text: 'x'.repeat(n % 300) }));
    const headers = { long: 'y'.repeat(500) };
    for (const attributes of [undefined, payloads.map((_, n) => (n % 7 === 0 ? { headers } : undefined))]) {
      const bytes = Buffer.concat([clientPreface(), small.publishes('x', batch(payloads, attributes))]);
      const { events } = decodeChunks([bytes], { maxFrameBytes: 4096 });
      expect(events.map((event) => 'message' in event && event.message)).toEqual(payloads);
    }
  });

  test('line breaks between tokens become spaces: nobody can forge a frame for line readers', () => {
    expect(decode(encoder.publishes('x', batch([' {\r\n"n":\n1} ', '"\\n"'])))).toEqual([
      { publish: 'x', message: ' {  "n": 1} ' },
      { publish: 'x', message: '"\\n"' },
    ]);
  });

  test.each([
    '',
    ' ',
    '{',
    '}',
    '{"a":1}x',
    '[1,]',
    '{"a":1,}',
    '01',
    '1.',
    '-',
    '"\n"',
    'nul',
    '{"a"}',
    '\u{feff}1',
  ])('bytes without a content type that are not JSON cost only their own message: %j', (bad) => {
    expect(decode(encoder.publishes('x', batch(['1', bad, '2'])), ping)).toEqual([
      { publish: 'x', message: '1' },
      { refused: 'INVALID_JSON', text: 'Invalid JSON' },
      { publish: 'x', message: '2' },
      PING,
    ]);
  });

  test('text that is not UTF-8 is not JSON', () => {
    const events = decode(
      encoder.publishes('x', batch([Buffer.of(0x22, 0xc3, 0x22), Buffer.of(0x22, 0xff, 0x22)])),
    );
    expect(events).toEqual(new Array(2).fill({ refused: 'INVALID_JSON', text: 'Invalid JSON' }));
  });

  test('a payload may be as deep as in JSON lines, where the frame is a level of its own', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    const sink = decodeChunks([clientPreface(), encoder.publishes('x', batch([nested(4), nested(5)]))], {
      maxDepth: 5,
    });
    expect(sink.events).toEqual([
      { publish: 'x', message: nested(4) },
      {
        refused: 'INVALID_FRAME',
        field: 'message',
        text: 'message must not be nested deeper than 4 levels',
      },
    ]);
  });

  test('a field that may not be costs only its own message', () => {
    const attributes = [
      undefined,
      { priority: 10 },
      { key: '' },
      { delay: 1, deliverAt: 2 },
      { ttl: 0 },
      { key: 'k' },
    ];
    const events = decode(encoder.publishes('x', batch(['1', '2', '3', '4', '5', '6'], attributes)));
    expect(events).toEqual([
      { publish: 'x', message: '1' },
      { refused: 'INVALID_FRAME', field: 'priority', text: 'priority must be an integer from 0 to 9' },
      { refused: 'INVALID_FRAME', field: 'key', text: 'key must be a string of 1 to 255 characters' },
      {
        refused: 'INVALID_FRAME',
        field: 'deliverAt',
        text: 'deliverAt must not be given together with delay',
      },
      { refused: 'INVALID_FRAME', field: 'ttl', text: 'ttl must be an integer from 1 to 31622400000' },
      { publish: 'x', message: '6', attributes: { key: 'k' } },
    ]);
  });

  test('a topic that may not be refuses all messages of the frame, each of which counts as answered', () => {
    expect(decode(encoder.publishes('a..b', batch(['1', '2', '3'])), ping)).toEqual([
      ...new Array(3).fill({
        refused: 'INVALID_FRAME',
        field: 'topic',
        text: 'topic must not have empty tokens',
      }),
      PING,
    ]);
  });
});

describe('frames that are wrong', () => {
  const text = (value: string): Buffer =>
    Buffer.concat([Buffer.of(Buffer.byteLength(value)), Buffer.from(value)]);
  const REFUSED = { refused: 'INVALID_FRAME' };
  test.each<[string, Buffer, object]>([
    ['no type', frame(), REFUSED],
    ['an unknown type', frame(0x3f), { refused: 'UNKNOWN_ACTION' }],
    ["a type of the broker's", frame(0x82, 1, 2, 3), { refused: 'UNKNOWN_ACTION' }],
    ['a cut id', frame(0x06, 2, 9, 'x'), REFUSED],
    ['cut fields behind the id', frame(0x06, 1, 9, 5, 'x'), { ...REFUSED, id: 9 }],
    ['bytes behind the fields', frame(0x0a, 0, 0), REFUSED],
    ['an id of no kind', frame(0x0a, 4), REFUSED],
    ['an endless number', frame(0x0a, 1, ...new Array<number>(12).fill(0xff)), REFUSED],
    ['a text that is not UTF-8', frame(0x0a, 2, 1, 0xff), REFUSED],
    ['no id where there must be one', frame(0x09, 0), REFUSED],
    ['flags that are not known', frame(0x01, 0x80, 1, 0, 0, 0, text('x'), 1, 0, 0, 0, '1'), REFUSED],
    ['no messages', frame(0x01, 0, 0, 0, 0, 0, text('x')), REFUSED],
    ['more messages than there are bytes', frame(0x01, 0, 0xff, 0xff, 0xff, 0xff, text('x')), REFUSED],
    ['ends before those of the payloads', frame(0x01, 0, 1, 0, 0, 0, text('x'), 0, 0, 0, 0, '1'), REFUSED],
    ['ends beyond the payloads', frame(0x01, 0, 1, 0, 0, 0, text('x'), 9, 0, 0, 0, '1'), REFUSED],
    [
      'attributes of a message that is not there',
      frame(0x01, 2, 1, 0, 0, 0, text('x'), 1, 0, 0, 0, 1, 5, 0, '1'),
      REFUSED,
    ],
    ['more headers than there are bytes', frame(0x07, 0, 2, text('x'), 0xff, 0x7f, '1'), REFUSED],
    [
      'a range of sequences without end',
      frame(0x02, 0, text('x'), text('g'), 1, 1, 0xff, 0xff, 0xff, 0x7f),
      REFUSED,
    ],
    ['no sequences', frame(0x02, 0, text('x'), text('g'), 0), REFUSED],
    ['a payload that is not JSON', frame(0x07, 1, 5, 0, text('x'), '{'), { refused: 'INVALID_JSON', id: 5 }],
    ['a transaction of nothing', frame(0x0b, 0), REFUSED],
    ['a transaction of pings', frame(0x0b, 0, frame(0x0a, 0)), REFUSED],
    ['JSON that does not end', frame('{"action":"ping"'), { refused: 'INVALID_JSON' }],
    ['JSON that is none', frame('{"action":1,,}'), { refused: 'INVALID_JSON' }],
    ['JSON of a form for naive clients', frame('{"action":"listen"}'), { refused: 'UNKNOWN_ACTION' }],
  ])('%s: answered, and costs only itself', (_, bad, answer) => {
    const events = decode(ping, bad, ping);
    expect(events).toEqual([PING, expect.objectContaining(answer), PING]);
  });

  test('whichever bytes of a frame are missing or changed, the frames beside it are heard', () => {
    for (const sample of FRAMES) {
      const body = Buffer.from(encoder.frame(sample)).subarray(4);
      for (let at = 1; at < body.length; at++) {
        const changed = Buffer.from(body);
        changed[at] ^= 0xff;
        for (const bad of [frame(body.subarray(0, at)), frame(changed)]) {
          const events = decode(ping, bad, ping);
          expect([events[0], events.at(-1)]).toEqual([PING, PING]);
          expect(events.length).toBeGreaterThan(2);
        }
      }
    }
  });

  test('a publish frame whose ends descend is answered for each of its messages', () => {
    const bad = frame(0x01, 0, 2, 0, 0, 0, text('x'), 2, 0, 0, 0, 1, 0, 0, 0, '1');
    expect(decode(bad, ping)).toEqual([...new Array(2).fill(expect.objectContaining(REFUSED)), PING]);
  });

  test('a length above the limit ends the connection before anything of the frame is kept', () => {
    const { maxFrameBytes } = DEFAULT_LIMITS;
    const length = Buffer.alloc(4);
    length.writeUInt32LE(maxFrameBytes - 3);
    const decoder = new BinaryFrameDecoder();
    const sink = new RecordingSink();
    decoder.decode(Buffer.concat([clientPreface(), length]), sink);
    expect(sink.events).toEqual([{ fatal: 'FRAME_TOO_LARGE' }]);
    decoder.decode(Buffer.from(ping), sink);
    expect(sink.events).toHaveLength(1);
    expect(decoder.pendingBytes).toBe(0);
  });

  test('a frame of exactly the limit is taken', () => {
    const payload = Buffer.alloc(DEFAULT_LIMITS.maxFrameBytes - 4 - 1 - 1 - 1 - 2, 0x31);
    const events = decode(frame(0x07, 0, 0, 1, 'x', payload));
    expect(events).toEqual([{ frame: expect.objectContaining({ action: 'request' }) }]);
  });

  test('a length promises nothing: memory grows with what has come', () => {
    const before = process.memoryUsage().arrayBuffers;
    const length = Buffer.alloc(5);
    length.writeUInt32LE(DEFAULT_LIMITS.maxFrameBytes - 4);
    const decoders = Array.from({ length: 1000 }, () => new BinaryFrameDecoder());
    for (const decoder of decoders)
      decoder.decode(Buffer.concat([clientPreface(), length]), new RecordingSink());
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    expect(decoders.every((decoder) => decoder.pendingBytes === 5)).toBe(true);
  });

  test('another version is not spoken, and bytes that are no preface are none', () => {
    const other = clientPreface();
    other[7] = 9;
    expect(decodeChunks([other, ping]).events).toEqual([{ fatal: 'UNKNOWN_CODEC' }]);
    expect(decodeChunks([Buffer.alloc(20, 0xd0), ping]).events).toEqual([{ fatal: 'UNKNOWN_CODEC' }]);
  });
});

const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const attributes = fc.record<MessageAttributes>(
  {
    headers: fc.dictionary(names, fc.string({ unit: 'grapheme' }), { maxKeys: 3, noNullPrototype: true }),
    key: names,
    priority: fc.integer({ min: 1, max: 9 }),
    ttl: fc.integer({ min: 1, max: 2 ** 34 }),
    deliverAt: fc.maxSafeNat(),
    contentType: fc.constantFrom('a/b', 'text/plain'),
  },
  { requiredKeys: [] },
);
const message = fc.record({
  payload: fc.json(),
  of: fc.option(attributes, { nil: undefined, freq: 2 }),
  messageId: fc.option(
    fc.oneof(
      names,
      fc.nat().map((n) => `c-${n}`),
    ),
    { nil: undefined },
  ),
});

/** As frames, so that what has no attributes and what has none that count are the same. */
class FrameList implements FrameSink {
  readonly frames: unknown[] = [];

  onPublishes(run: PublishRun): void {
    const sink = new RecordingSink();
    sink.onPublishes(run);
    this.frames.push(...sink.events);
  }
  onFrame(control: unknown): void {
    this.frames.push(control);
  }
  onRefused(error: Error, id?: RequestId): void {
    this.frames.push([error.message, id]);
  }
  onFatal(error: Error): void {
    throw error;
  }
}

test('whatever is published in binary frames, however it is cut, is what JSON lines say', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom('a', 'b.c', 'é'), fc.array(message, { minLength: 1, maxLength: 12 })),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
      fc.array(fc.nat({ max: 2000 }), { maxLength: 5 }),
      (groups, cuts) => {
        const [binary, lines] = [new FrameList(), new FrameList()];
        const decoder = new BinaryFrameDecoder();
        const batches = groups.map(([topic, messages]) => ({
          topic,
          messages: batch(
            messages.map(({ payload }) => payload),
            messages.map(({ of }) => of),
            messages.map(({ messageId }) => messageId),
          ),
        }));
        const bytes = Buffer.concat([
          clientPreface(),
          ...batches.map(({ topic, messages }) => encoder.publishes(topic, messages)),
        ]);
        const places = [...new Set(cuts.filter((cut) => cut < bytes.length))].sort((a, b) => a - b);
        [0, ...places].forEach((from, index) =>
          decoder.decode(Buffer.from(bytes.subarray(from, places[index])), binary),
        );
        const json = batches.map(({ topic, messages }) => jsonEncoder.publishes(topic, messages));
        new JsonLinesFrameDecoder().decode(Buffer.concat(json), lines);
        expect(binary.frames).toEqual(lines.frames);
      },
    ),
    { numRuns: 150 },
  );
});
