import type { PublishRun, PushStyle } from '../codec';
import { errorFor } from '../errors/error-classes';
import type { BrokerFrame } from '../frames';
import { MessageBatchBuilder, type MessageAttributes, type StoredBatch } from '../message-batch';
import { JsonLinesFrameEncoder } from './frame-encoder';

const encoder = new JsonLinesFrameEncoder();
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const run = (count: number, ids?: PublishRun['ids']): PublishRun => ({ count, batches: [], ids });

const CONFIRM = '{"status":"success","message":"Published"}\n';

describe('confirms', () => {
  test.each([1, 2, 2048, 2049, 5000])('%i plain ones', (count) => {
    expect(text(encoder.confirms(run(count)))).toBe(CONFIRM.repeat(count));
  });

  test('plain ones share one constant', () => {
    expect(encoder.confirms(run(3)).buffer).toBe(encoder.confirms(run(5)).buffer);
  });

  test('ids are carried back, escaped', () => {
    expect(text(encoder.confirms(run(4, [1, undefined, 'a"\n', -1.5])))).toBe(
      '{"status":"success","message":"Published","id":1}\n' +
        CONFIRM +
        '{"status":"success","message":"Published","id":"a\\"\\n"}\n' +
        '{"status":"success","message":"Published","id":-1.5}\n',
    );
  });

  test('refusals stand between them, in order', () => {
    const outcomes = [undefined, errorFor('TOPIC_FULL'), undefined];
    const full = '{"status":"error","message":"Queue full","code":"TOPIC_FULL"}\n';
    expect(text(encoder.confirms(run(3), outcomes))).toBe(CONFIRM + full + CONFIRM);
    expect(text(encoder.confirms(run(2, [1, 2]), outcomes))).toBe(
      '{"status":"success","message":"Published","id":1}\n' + full.replace('}\n', ',"id":2}\n'),
    );
  });
});

const bytes = Buffer.from;
const FRAMES: [BrokerFrame, string][] = [
  [{ type: 'success', message: 'pong' }, '{"status":"success","message":"pong"}'],
  [
    { type: 'success', message: 'Subscribed', id: 'й', subscription: 's', epoch: 'e' },
    '{"status":"success","message":"Subscribed","id":"й","subscription":"s","epoch":"e"}',
  ],
  [
    { type: 'success', message: 'No messages', code: 'NO_MESSAGES', id: 1 },
    '{"status":"success","message":"No messages","code":"NO_MESSAGES","id":1}',
  ],
  [
    { type: 'success', message: { bytes: bytes('{"a": 1.0}') }, id: 0, more: true },
    '{"status":"success","message":{"a": 1.0},"id":0,"more":true}',
  ],
  [
    { type: 'success', message: { bytes: Uint8Array.of(0, 255), contentType: 'image/png' } },
    '{"status":"success","message":"AP8=","encoding":"base64","contentType":"image/png"}',
  ],
  [
    { type: 'error', code: 'INVALID_FRAME', message: 'topic must be a "string"', id: 3 },
    '{"status":"error","message":"topic must be a \\"string\\"","code":"INVALID_FRAME","id":3}',
  ],
  [
    { type: 'error', code: 'NOT_IN_FLIGHT', message: 'no', id: 3, sequences: [4, 5] },
    '{"status":"error","message":"no","code":"NOT_IN_FLIGHT","id":3,"sequences":[4,5]}',
  ],
  [
    { type: 'gap', topic: 'x', from: 1, to: 5, reason: 'overflow' },
    '{"type":"gap","topic":"x","from":1,"to":5,"reason":"overflow"}',
  ],
  [
    { type: 'gap', topic: 'x', from: 1, to: 5, reason: 'epoch', subscription: 's', group: 'g', epoch: 'e' },
    '{"type":"gap","topic":"x","from":1,"to":5,"reason":"epoch","subscription":"s","group":"g","epoch":"e"}',
  ],
  [
    {
      type: 'request',
      topic: 'x',
      correlationId: 'c',
      message: { bytes: bytes('[1]') },
      headers: { a: 'b' },
    },
    '{"type":"request","topic":"x","correlationId":"c","message":[1],"headers":{"a":"b"}}',
  ],
  [{ type: 'cancel', correlationId: 'c' }, '{"type":"cancel","correlationId":"c"}'],
];

test.each(FRAMES)('frame %#', (frame, expected) => {
  expect(text(encoder.frame(frame))).toBe(`${expected}\n`);
});

describe('pushes', () => {
  const plain: PushStyle = { meta: false, subscription: 's1', epoch: 'e1' };

  function stored(
    payloads: readonly string[],
    attributes: (MessageAttributes | undefined)[] = [],
  ): StoredBatch {
    const builder = new MessageBatchBuilder();
    payloads.forEach((payload, index) => {
      const source = bytes(payload);
      builder.add(source, 0, source.length, attributes[index]);
    });
    return { topic: 'то"п', firstSequence: 9, timestamp: 1234, messages: builder.build() };
  }

  test('are the payloads as they came', () => {
    expect(text(Buffer.concat(encoder.pushes(stored(['{"a": 1.50}', '"й"', 'null']), plain)))).toBe(
      '{"type":"push","topic":"то\\"п","message":{"a": 1.50}}\n' +
        '{"type":"push","topic":"то\\"п","message":"й"}\n' +
        '{"type":"push","topic":"то\\"п","message":null}\n',
    );
  });

  test('with meta, sequences go up, also across a power of ten', () => {
    expect(text(Buffer.concat(encoder.pushes(stored(['1', '2']), { ...plain, meta: true })))).toBe(
      '{"type":"push","topic":"то\\"п","message":1,"subscription":"s1","sequence":9,"timestamp":1234,"epoch":"e1"}\n' +
        '{"type":"push","topic":"то\\"п","message":2,"subscription":"s1","sequence":10,"timestamp":1234,"epoch":"e1"}\n',
    );
  });

  test('a group asks for meta; headers, key and a priority above 0 are part of it', () => {
    const batch = stored(['1', '2'], [{ priority: 0 }, { headers: { h: 'v' }, key: 'k', priority: 3 }]);
    expect(text(Buffer.concat(encoder.pushes(batch, { ...plain, group: 'g' })))).toBe(
      '{"type":"push","topic":"то\\"п","message":1,"subscription":"s1","group":"g","sequence":9,"timestamp":1234,"epoch":"e1"}\n' +
        '{"type":"push","topic":"то\\"п","message":2,"subscription":"s1","group":"g","sequence":10,"timestamp":1234,"epoch":"e1","headers":{"h":"v"},"key":"k","priority":3}\n',
    );
    expect(text(Buffer.concat(encoder.pushes(batch, plain)))).not.toContain('headers');
  });

  test('the delivery count is that of the whole batch, also beside opaque payloads', () => {
    const batch = stored(['1', 'a'], [undefined, { key: 'k', contentType: 'text/plain' }]);
    const meta = (sequence: number): string =>
      `"subscription":"s1","group":"g","sequence":${sequence},"timestamp":1234,"epoch":"e1","deliveryCount":12`;
    expect(text(Buffer.concat(encoder.pushes(batch, { ...plain, group: 'g' }, 12))).split('\n')).toEqual([
      `{"type":"push","topic":"то\\"п","message":1,${meta(9)}}`,
      `{"type":"push","topic":"то\\"п","message":"YQ==",${meta(10)},"encoding":"base64","contentType":"text/plain","key":"k"}`,
      '',
    ]);
  });

  test.each([
    ['', '""'],
    ['a', '"YQ=="'],
    ['ab', '"YWI="'],
    ['abc', '"YWJj"'],
  ])('an opaque payload %j goes out as base64', (payload, encoded) => {
    const batch = stored(['1', payload], [undefined, { contentType: 'text/plain' }]);
    expect(text(Buffer.concat(encoder.pushes(batch, plain))).split('\n')).toEqual([
      '{"type":"push","topic":"то\\"п","message":1}',
      `{"type":"push","topic":"то\\"п","message":${encoded},"encoding":"base64","contentType":"text/plain"}`,
      '',
    ]);
  });

  test('sequences up to the largest safe integer are written in full', () => {
    const batch = { ...stored(['1', '2']), firstSequence: Number.MAX_SAFE_INTEGER - 1 };
    const lines = text(Buffer.concat(encoder.pushes(batch, { ...plain, meta: true })))
      .trim()
      .split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence)).toEqual([
      Number.MAX_SAFE_INTEGER - 1,
      Number.MAX_SAFE_INTEGER,
    ]);
  });

  test('a part of a batch is encoded like a whole one', () => {
    const { messages, ...rest } = stored(['1', '22', '333']);
    const part = Buffer.concat(encoder.pushes({ ...rest, messages: messages.slice(1, 3) }, plain));
    expect(text(part).match(/"message":\d+/g)).toEqual(['"message":22', '"message":333']);
  });
});
