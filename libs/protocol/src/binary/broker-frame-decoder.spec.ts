import type { BrokerFrameDecoder, BrokerFrameSink } from '../client-codec';
import type { Push } from '../push';
import type { PublishRun, PushStyle } from '../codec';
import { errorFor } from '../errors/error-classes';
import { SUCCESS_TEXT, type BrokerFrame } from '../frames';
import { JsonLinesBrokerFrameDecoder } from '../json-lines/broker-frame-decoder';
import { JsonLinesFrameEncoder } from '../json-lines/frame-encoder';
import { MessageBatch, MessageBatchBuilder, type MessageAttributes } from '../message-batch';
import { BinaryBrokerFrameDecoder } from './broker-frame-decoder';
import { BinaryFrameEncoder } from './frame-encoder';
import { brokerPreface } from './preface';

const encoder = new BinaryFrameEncoder();
const jsonEncoder = new JsonLinesFrameEncoder();
const preface = brokerPreface(1024);
const json = (text: string): { bytes: Buffer } => ({ bytes: Buffer.from(text) });
const png = { bytes: Buffer.of(0, 255, 0x0a), contentType: 'image/png' };

class EventSink implements BrokerFrameSink {
  readonly events: unknown[] = [];

  onConfirms(count: number): void {
    // How many come at once is a matter of chunks.
    for (let confirm = 0; confirm < count; confirm++) this.events.push('confirm');
  }
  onPush(push: Push): void {
    const { type, topic, subscription, group, sequence, timestamp, epoch } = push;
    const { headers, key, priority, deliveryCount, contentType } = push;
    const place = { type, topic, subscription, group, sequence, timestamp, epoch, deliveryCount };
    const bytes = Buffer.from(push.bytes).toString('hex');
    this.events.push(JSON.parse(JSON.stringify({ ...place, headers, key, priority, contentType, bytes })));
  }
  onFrame(frame: BrokerFrame): void {
    this.events.push(frame);
  }
  onFatal(error: Error & { code?: string }): void {
    this.events.push({ fatal: error.code });
  }
}

function heard(decoder: BrokerFrameDecoder, ...chunks: readonly Uint8Array[]): unknown[] {
  const sink = new EventSink();
  for (const chunk of chunks) decoder.decode(Buffer.from(chunk), sink);
  return sink.events;
}
const decode = (...frames: readonly Uint8Array[]): unknown[] =>
  heard(new BinaryBrokerFrameDecoder(), Buffer.concat([preface, ...frames]));
const decodeJson = (...lines: readonly Uint8Array[]): unknown[] =>
  heard(new JsonLinesBrokerFrameDecoder(), Buffer.concat(lines));

const FRAMES: BrokerFrame[] = [
  ...Object.values(SUCCESS_TEXT)
    .filter((text) => text !== SUCCESS_TEXT.publish)
    .map((message) => ({ type: 'success', id: 'й', message }) as const),
  { type: 'success', message: 'Subscribed', id: 1, subscription: 's', epoch: 'e', sequence: 3 },
  { type: 'success', message: 'Subscribed', id: 1, subscription: 's', time: 1_700_000_000_000 },
  { type: 'success', message: 'No messages', code: 'NO_MESSAGES', id: 4 },
  { type: 'success', message: json('{"a":1}'), id: 4 },
  { type: 'success', message: png, id: -0.5, more: true },
  { type: 'success', message: json('null'), id: 4, end: true },
  { type: 'error', code: 'TOPIC_FULL', message: 'Queue full' },
  { type: 'error', code: 'NOT_IN_FLIGHT', message: 'no', id: 2 ** 40, sequences: [3, 4, 9] },
  { type: 'gap', topic: 'x', subscription: 's', group: 'g', from: 1, to: 4, reason: 'age' },
  { type: 'request', topic: 'x', correlationId: 'c', message: json('1') },
  { type: 'request', topic: 'x', correlationId: 'c', message: png, headers: { a: 'é', '': '' } },
  { type: 'cancel', correlationId: 'c' },
];

test.each(FRAMES)('$type says in binary frames what it says in JSON lines: %j', (frame) => {
  const events = decode(encoder.frame(frame));
  expect(events).toHaveLength(1);
  expect(events).toEqual(decodeJson(jsonEncoder.frame(frame)));
});

function run(count: number, ids?: (string | undefined)[]): PublishRun {
  return { count, batches: [], ids };
}

describe('confirms', () => {
  test('all of a run are one frame of nine bytes', () => {
    const bytes = encoder.confirms(run(4096));
    expect(bytes).toHaveLength(9);
    expect(decode(bytes, bytes)).toEqual(new Array(8192).fill('confirm'));
  });

  test('refusals say which messages are not stored, and why', () => {
    const full = errorFor('TOPIC_FULL');
    const outcomes = [
      undefined,
      undefined,
      full,
      errorFor('TOPIC_FULL'),
      full,
      undefined,
      errorFor('FORBIDDEN', 'no'),
    ];
    const refusal = { type: 'error', code: 'TOPIC_FULL', message: 'Queue full', publishes: 3 };
    expect(decode(encoder.confirms(run(7), outcomes))).toEqual([
      'confirm',
      'confirm',
      refusal,
      'confirm',
      { type: 'error', code: 'FORBIDDEN', message: 'no' },
    ]);
  });

  test('a publish that has an id gets it back', () => {
    const outcomes = [undefined, undefined, errorFor('TOPIC_FULL'), undefined];
    const ids = ['a', undefined, 'b', undefined];
    expect(decode(encoder.confirms(run(4, ids), outcomes))).toEqual(
      decodeJson(jsonEncoder.confirms(run(4, ids), outcomes)),
    );
  });
});

describe('pushes', () => {
  const STYLES: [string, PushStyle, number | undefined][] = [
    ['plain', { meta: false, subscription: 's', epoch: 'e' }, undefined],
    ['with meta', { meta: true, subscription: 's', epoch: 'e' }, undefined],
    ['to a group', { meta: true, subscription: 's', group: 'g', epoch: 'e' }, 3],
  ];
  const MESSAGES: [string, MessageBatch][] = [
    ['one', MessageBatch.of(Buffer.from('1'))],
    ['plain ones', batch(['{"n":1}', '"é"', '3', '4', '5', '6', '7', '8', '9'])],
    ['opaque ones', batch([png.bytes, png.bytes], [{ contentType: 'a/b' }, { contentType: 'a/b' }])],
    ['some opaque', batch(['1', png.bytes, '3'], [undefined, { contentType: 'a/b' }, undefined])],
    [
      'some with attributes',
      batch(
        ['1', '2', '3', '4'],
        [undefined, { key: 'k', headers: { a: 'b' }, ttl: 5 }, undefined, { priority: 9 }],
      ),
    ],
    ['opaque with attributes', batch(['1', '2'], [{ contentType: 'a/b', key: 'k' }, { contentType: 'a/b' }])],
  ];

  test.each(STYLES)('%s say what they say in JSON lines', (_, style, deliveryCount) => {
    for (const [, messages] of MESSAGES) {
      const stored = { topic: 'тема', firstSequence: 2 ** 33, timestamp: 1_700_000_000_000, messages };
      const bytes = Buffer.concat(encoder.pushes(stored, style, deliveryCount));
      const events = decode(bytes);
      expect(events).toHaveLength(messages.count);
      expect(events).toEqual(decodeJson(Buffer.concat(jsonEncoder.pushes(stored, style, deliveryCount))));
      const whole = Buffer.concat([preface, bytes]);
      for (let cut = 1; cut < whole.length; cut++) {
        const pieces = [whole.subarray(0, cut), whole.subarray(cut)];
        expect(heard(new BinaryBrokerFrameDecoder(), ...pieces)).toEqual(events);
      }
    }
  });

  test('a large batch comes in several frames, none of which a client need wait long for', () => {
    const payloads = Array.from({ length: 20_000 }, (_, n) => `${n}`);
    const stored = { topic: 'x', firstSequence: 7, timestamp: 1, messages: batch(payloads) };
    const bytes = Buffer.concat(encoder.pushes(stored, STYLES[1][1]));
    const events = heard(new BinaryBrokerFrameDecoder({ maxFrameBytes: 40_000 }), preface, bytes);
    expect(events.map((event) => (event as Push).sequence)).toEqual(payloads.map((_, n) => 7 + n));
  });

  test('a plain message costs its payload and four bytes', () => {
    const size = (count: number): number =>
      Buffer.concat(
        encoder.pushes(
          { topic: 'x', firstSequence: 1, timestamp: 1, messages: batch(new Array(count).fill('1')) },
          STYLES[1][1],
        ),
      ).length;
    expect(size(2) - size(1)).toBe(5);
  });
});

describe('what is no binary frame', () => {
  test('a broker that refuses before it knows the codec is heard', () => {
    const line = jsonEncoder.frame({ type: 'error', code: 'TOO_MANY_CONNECTIONS', message: 'no' });
    const expected = [{ type: 'error', code: 'TOO_MANY_CONNECTIONS', message: 'no' }];
    expect(heard(new BinaryBrokerFrameDecoder(), line)).toEqual(expected);
    for (let cut = 1; cut < line.length; cut++)
      expect(heard(new BinaryBrokerFrameDecoder(), line.subarray(0, cut), line.subarray(cut))).toEqual(
        expected,
      );
  });

  test('another version is fatal, and so are a frame that is too large and one that is wrong', () => {
    const other = Buffer.from(preface);
    other[7] = 2;
    expect(heard(new BinaryBrokerFrameDecoder(), other)).toEqual([{ fatal: 'UNKNOWN_CODEC' }]);
    expect(decode(Buffer.alloc(4, 0xff))).toEqual([{ fatal: 'FRAME_TOO_LARGE' }]);
    expect(decode(Buffer.of(2, 0, 0, 0, 0x83, 9))).toEqual([{ fatal: 'INVALID_FRAME' }]);
    expect(decode(Buffer.of(1, 0, 0, 0, 0x7b))).toEqual([{ fatal: 'INVALID_JSON' }]);
  });

  test('a type of frame that is not known is passed over', () => {
    expect(decode(Buffer.of(1, 0, 0, 0, 0x9f), encoder.confirms(run(1)))).toEqual(['confirm']);
  });
});

function batch(
  payloads: readonly (string | Buffer)[],
  attributes?: readonly (MessageAttributes | undefined)[],
): MessageBatch {
  const builder = new MessageBatchBuilder();
  payloads.forEach((payload, index) => {
    const bytes = Buffer.from(payload as string);
    builder.add(bytes, 0, bytes.length, attributes?.[index]);
  });
  return builder.build();
}
