import * as fc from 'fast-check';
import { RecordingSink } from '../../testing';
import type { BrokerFrameSink } from '../client-codec';
import type { Push } from '../push';
import type { PochtaError } from '../errors/pochta-error';
import type { BrokerFrame, ClientFrame } from '../frames';
import { MessageBatch, MessageBatchBuilder } from '../message-batch';
import { JsonLinesBrokerFrameDecoder } from './broker-frame-decoder';
import { JsonLinesClientFrameEncoder } from './client-frame-encoder';
import { JsonLinesFrameDecoder } from './frame-decoder';
import { JsonLinesFrameEncoder } from './frame-encoder';

class RecordingBrokerSink implements BrokerFrameSink {
  confirms = 0;
  readonly pushes: Push[] = [];
  readonly frames: BrokerFrame[] = [];
  readonly errors: PochtaError[] = [];
  readonly order: string[] = [];

  onConfirms(count: number): void {
    this.confirms += count;
    this.order.push('confirms');
  }
  onPush(push: Push): void {
    this.pushes.push(push);
    this.order.push('push');
  }
  onFrame(frame: BrokerFrame): void {
    this.frames.push(frame);
    this.order.push('frame');
  }
  onFatal(error: PochtaError): void {
    this.errors.push(error);
  }
}

function receive(...chunks: (string | Uint8Array)[]): RecordingBrokerSink {
  const decoder = new JsonLinesBrokerFrameDecoder();
  const sink = new RecordingBrokerSink();
  for (const chunk of chunks) decoder.decode(Buffer.from(chunk as string), sink);
  return sink;
}

const clientEncoder = new JsonLinesClientFrameEncoder();
const brokerEncoder = new JsonLinesFrameEncoder();
const json = (text: string): { bytes: Buffer } => ({ bytes: Buffer.from(text) });
const png = { bytes: Buffer.of(0, 255, 0x0a), contentType: 'image/png' };

const CLIENT_FRAMES: Exclude<ClientFrame, { action: 'publish' }>[] = [
  { action: 'subscribe', topic: 'a.>' },
  {
    action: 'subscribe',
    id: 1,
    topic: 'x',
    from: { sequence: 4, epoch: 'e' },
    group: 'g',
    prefetch: 5,
    ackDeadline: 10,
    maxDeliveries: 7,
    backoff: { min: 8, max: 9 },
    meta: true,
    subscription: 's',
  },
  {
    action: 'subscribe',
    topic: 'a.>',
    from: { topics: { 'a.b': { sequence: 4, epoch: 'e' }, 'a.й': { sequence: 0 } }, otherwise: { time: 5 } },
  },
  { action: 'subscribe', topic: '*', from: { topics: {} } },
  { action: 'unsubscribe', topic: 'x', group: 'g' },
  { action: 'unsubscribe', subscription: 's' },
  { action: 'get', topic: 'x', id: 'й' },
  { action: 'ack', topic: 'x', group: 'g', sequences: [1, 2] },
  { action: 'nack', topic: 'x', group: 'g', sequences: [1], delay: 0 },
  { action: 'terminate', topic: 'x', group: 'g', sequences: [1], reason: 'r' },
  { action: 'touch', topic: 'x', group: 'g', sequences: [1] },
  {
    action: 'transaction',
    id: 2,
    operations: [
      { action: 'publish', topic: 'x', message: json('{"a":1.0}'), headers: { a: 'b' }, messageId: 'm' },
      { action: 'ack', topic: 'y', group: 'g', sequences: [1] },
    ],
  },
  { action: 'request', id: 3, topic: 'x', message: json('[1, 2.0]'), headers: { a: 'b' }, timeout: 5 },
  { action: 'request', topic: 'x', message: png },
  {
    action: 'transaction',
    operations: [{ action: 'publish', topic: 'x', message: png, key: 'k' }],
  },
  { action: 'reply', correlationId: 'c', message: png, more: true },
  { action: 'respond', topic: 'x' },
  { action: 'unrespond', topic: 'x' },
  { action: 'reply', correlationId: 'c' },
  { action: 'reply', correlationId: 'c', message: json('"ok"'), more: true },
  { action: 'reply', correlationId: 'c', error: { code: 'X', message: 'no' } },
  { action: 'cancel', id: 3 },
  { action: 'auth', user: 'u', password: 'p' },
  { action: 'ping' },
  { action: 'send', text: json('"hi"') },
  { action: 'listen' },
  { action: 'peek' },
];

test.each(CLIENT_FRAMES)('the broker reads what the client writes: $action', (frame) => {
  const sink = new RecordingSink();
  const bytes = clientEncoder.frame(frame);
  new JsonLinesFrameDecoder().decode(bytes, sink);
  expect(sink.events).toEqual([{ frame }]);
  expect(bytes.indexOf(0x0a)).toBe(bytes.length - 1);
});

test('publishes come through in bulk, with everything they carry', () => {
  const builder = new MessageBatchBuilder();
  const add = (payload: string, ...rest: [Parameters<typeof builder.add>[3]?, string?]): void =>
    builder.add(Buffer.from(payload), 0, Buffer.byteLength(payload), ...rest);
  add('{"n": 1.0}');
  add('"й"', { headers: { h: 'v' }, key: 'ключ', priority: 2, deliverAt: 7, ttl: 8 }, 'm1');
  add('[\n1]', undefined, 'm2');
  add('0', { delay: 5, key: 'k' });
  const sink = new RecordingSink();
  new JsonLinesFrameDecoder().decode(
    clientEncoder.publishes('тема', builder.build(), ['a', 2, 'c', 4]),
    sink,
  );
  expect(sink.events).toEqual([
    { publish: 'тема', message: '{"n": 1.0}', id: 'a' },
    {
      publish: 'тема',
      message: '"й"',
      id: 2,
      messageId: 'm1',
      attributes: { headers: { h: 'v' }, key: 'ключ', priority: 2, deliverAt: 7, ttl: 8 },
    },
    { publish: 'тема', message: '[ 1]', id: 'c', messageId: 'm2' },
    { publish: 'тема', message: '0', id: 4, attributes: { delay: 5, key: 'k' } },
  ]);
});

test('a plain publish is what a person would write', () => {
  const bytes = clientEncoder.publishes('x', MessageBatch.of(Buffer.from('{"a": 1}')));
  expect(Buffer.from(bytes).toString()).toBe('{"action":"publish","topic":"x","message":{"a": 1}}\n');
});

test('payloads that are not JSON come through beside those that are', () => {
  const builder = new MessageBatchBuilder();
  builder.add(Buffer.from('[\n1]'), 0, 4);
  builder.add(Buffer.from('\n{"x'), 0, 4, { contentType: 'text/plain', key: 'k' }, 'm');
  builder.add(Buffer.of(), 0, 0, { contentType: 'a/b' });
  builder.add(Buffer.from('2'), 0, 1, { key: 'k' });
  const bytes = clientEncoder.publishes('x', builder.build());
  const sink = new RecordingSink();
  new JsonLinesFrameDecoder().decode(bytes, sink);
  expect(sink.events).toEqual([
    { publish: 'x', message: '[ 1]' },
    { publish: 'x', message: '\n{"x', messageId: 'm', attributes: { contentType: 'text/plain', key: 'k' } },
    { publish: 'x', message: '', attributes: { contentType: 'a/b' } },
    { publish: 'x', message: '2', attributes: { key: 'k' } },
  ]);
});

const BROKER_FRAMES: BrokerFrame[] = [
  { type: 'success', message: json('"pong"'), id: 'a' },
  { type: 'success', message: json('{"a": 1.0}'), id: 1, more: true },
  { type: 'success', message: json('null'), id: 1, end: true },
  { type: 'success', message: png, id: 1, more: true },
  { type: 'request', topic: 'x', correlationId: 'c', message: png, headers: { a: 'b' } },
  { type: 'success', message: json('"Subscribed"'), subscription: 's', epoch: 'e', sequence: 7 },
  { type: 'success', message: json('"Subscribed"'), subscription: 's', time: 1_700_000_000_000 },
  { type: 'success', message: json('"No messages"'), code: 'NO_MESSAGES' },
  { type: 'error', id: 1, code: 'TOPIC_FULL', message: 'Queue full' },
  { type: 'error', code: 'SOMETHING_NEW', message: '' },
  { type: 'error', id: 2, code: 'NOT_IN_FLIGHT', message: 'Not in flight', sequences: [1, 2 ** 53 - 1] },
  { type: 'gap', topic: 'x', from: 1, to: 2, reason: 'age', subscription: 's', group: 'g', epoch: 'e' },
  { type: 'request', topic: 'x', correlationId: 'c', message: json('[1]'), headers: { a: 'b' } },
  { type: 'cancel', correlationId: 'c' },
];

test.each(BROKER_FRAMES)('the client reads what the broker writes, cut anywhere: $type %#', (frame) => {
  const bytes = brokerEncoder.frame(frame);
  for (let cut = 0; cut < bytes.length; cut++) {
    expect(receive(bytes.subarray(0, cut), bytes.subarray(cut)).frames).toEqual([frame]);
  }
});

test('pushes come through with all they carry', () => {
  const builder = new MessageBatchBuilder();
  builder.add(Buffer.from('{"a": 1.0}'), 0, 10, { headers: { h: 'v' }, key: 'k', priority: 9 });
  builder.add(Buffer.of(0, 255), 0, 2, { contentType: 'image/png' });
  const batch = { topic: 'тема', firstSequence: 99, timestamp: 1234, messages: builder.build() };
  const bytes = Buffer.concat(
    brokerEncoder.pushes(batch, { meta: true, subscription: 's', group: 'g', epoch: 'e' }, 3),
  );
  for (const chunks of [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))]) {
    const [first, second] = receive(...chunks).pushes;
    expect(first).toMatchObject({
      topic: 'тема',
      subscription: 's',
      group: 'g',
      sequence: 99,
      timestamp: 1234,
      epoch: 'e',
      headers: { h: 'v' },
      key: 'k',
      priority: 9,
      deliveryCount: 3,
      contentType: undefined,
    });
    expect(Buffer.from(first.bytes).toString()).toBe('{"a": 1.0}');
    expect(first.value).toEqual({ a: 1 });
    expect(first.value).toBe(first.value);
    expect(second).toMatchObject({
      sequence: 100,
      priority: undefined,
      deliveryCount: 3,
      contentType: 'image/png',
      value: Buffer.of(0, 255),
    });
  }
});

test('a plain push has topic and message only', () => {
  const [push] = receive('{"type":"push","topic":"x","message":"й"}\n').pushes;
  expect(push).toMatchObject({ topic: 'x', value: 'й', sequence: undefined, headers: undefined });
});

test('payloads handed over are not overwritten by later frames', () => {
  const line = (n: number): string => `{"type":"push","topic":"x","message":${n}${'0'.repeat(600)}}\n`;
  const text = Array.from({ length: 9 }, (_, n) => line(n + 1)).join('');
  const chunks = Array.from({ length: Math.ceil(text.length / 100) }, (_, i) =>
    text.slice(i * 100, i * 100 + 100),
  );
  const { pushes } = receive(...chunks);
  expect(pushes.map(({ bytes }) => String.fromCharCode(bytes[0]))).toEqual([...'123456789']);
});

test('confirms are counted, and keep their place among other frames', () => {
  const confirm = '{"status":"success","message":"Published"}\n';
  const error = '{"status":"error","message":"Queue full","code":"TOPIC_FULL"}\n';
  const push = '{"type":"push","topic":"x","message":1}\n';
  const text = confirm.repeat(3) + error + confirm + push + confirm.repeat(2);
  const sink = receive(text);
  expect(sink.confirms).toBe(6);
  expect(sink.order).toEqual(['confirms', 'frame', 'confirms', 'push', 'confirms']);
  expect(receive(...text).confirms).toBe(6);
});

test('unknown fields and types of frames are ignored', () => {
  const sink = receive(
    '{"type":"weather","sky":[1]}\n{"status":"success","new":{"id":5},"message":"pong"}\n{"type":"push","topic":"x","message":1,"moon":"full"}\n',
  );
  expect(sink.frames).toEqual([{ type: 'success', message: json('"pong"') }]);
  expect(sink.pushes).toHaveLength(1);
  expect(sink.errors).toEqual([]);
});

test.each([
  ['what is not JSON', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'INVALID_JSON'],
  ['an array', '[1]\n', 'INVALID_JSON'],
  ['an answer without status', '{"message":1}\n', 'INVALID_FRAME'],
  ['a push without topic', '{"type":"push","message":1}\n', 'INVALID_FRAME'],
  ['a push without message', '{"type":"push","topic":"x"}\n', 'INVALID_FRAME'],
  [
    'an answer that is not what its encoding says',
    '{"status":"success","message":1,"encoding":"base64"}\n',
    'INVALID_FRAME',
  ],
  ['a gap without bounds', '{"type":"gap","topic":"x"}\n', 'INVALID_FRAME'],
])('%s ends the conversation', (_, text, code) => {
  const sink = receive(
    '{"status":"success","message":"Published"}\n' + text,
    '{"status":"success","message":"pong"}\n',
  );
  expect(sink.errors.map((error) => error.code)).toEqual([code]);
  expect(sink.confirms).toBe(1);
  expect(sink.frames).toEqual([]);
});

test('what is no broker is asked after its port', () => {
  const sink = receive('HTTP/1.1 400 Bad Request\r\n\r\n');
  expect(sink.errors[0].message).toContain(
    'is the port that of the broker, and not, say, its port for HTTP?',
  );
});

test('a line of the limit is fine, one byte more is not', () => {
  const push = (bytes: number): string => {
    const line = '{"type":"push","topic":"x","message":""}';
    return line.replace('""', `"${'m'.repeat(bytes - line.length)}"`);
  };
  for (const [bytes, pushes, errors] of [
    [500, 1, []],
    [501, 0, ['FRAME_TOO_LARGE']],
  ] as const) {
    const decoder = new JsonLinesBrokerFrameDecoder({ maxFrameBytes: 500 });
    const sink = new RecordingBrokerSink();
    decoder.decode(Buffer.from(`${push(bytes)}\n`), sink);
    expect(sink.pushes).toHaveLength(pushes);
    expect(sink.errors.map((error) => error.code)).toEqual(errors);
  }
});

test('any JSON value goes to the broker and back unchanged', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.constantFrom(0, 1), (values, indent) => {
      const builder = new MessageBatchBuilder(1);
      for (const value of values) {
        const payload = Buffer.from(JSON.stringify(value, null, indent));
        builder.add(payload, 0, payload.length);
      }
      const sink = new RecordingSink();
      new JsonLinesFrameDecoder({ maxDepth: 1000 }).decode(
        clientEncoder.publishes('x', builder.build()),
        sink,
      );
      const { messages } = sink.runs[0].batches[0];
      const style = { meta: false, subscription: 's', epoch: 'e' };
      const { pushes } = receive(
        Buffer.concat(brokerEncoder.pushes({ topic: 'x', firstSequence: 1, timestamp: 0, messages }, style)),
      );
      expect(pushes.map((push) => push.value)).toEqual(JSON.parse(JSON.stringify(values)));
    }),
  );
});
