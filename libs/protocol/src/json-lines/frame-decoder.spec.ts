import * as fc from 'fast-check';
import { RecordingSink, type DecoderEvent } from '../../testing';
import { JsonLinesFrameDecoder, type FrameDecoderOptions } from './frame-decoder';

const OPTIONS: FrameDecoderOptions = {};

function decodeChunks(chunks: readonly (string | Uint8Array)[], options = OPTIONS): RecordingSink {
  const decoder = new JsonLinesFrameDecoder(options);
  const sink = new RecordingSink();
  for (const chunk of chunks) {
    const copy = Buffer.from(chunk as string);
    decoder.decode(copy, sink);
    copy.fill(0x78); // A chunk may be reused by who owns it.
  }
  return sink;
}
const decode = (text: string | Uint8Array, options = OPTIONS): DecoderEvent[] =>
  decodeChunks([text], options).events;

function inPieces(text: string | Uint8Array, ...cuts: number[]): Buffer[] {
  const bytes = Buffer.from(text as string);
  return [...cuts, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : cuts[index - 1], end));
}
const byteByByte = (text: string | Uint8Array): Buffer[] =>
  Array.from(Buffer.from(text as string), (byte) => Buffer.of(byte));

const PING: DecoderEvent = { frame: { action: 'ping' } };
const BAD: DecoderEvent = { refused: 'INVALID_JSON', text: 'Invalid JSON' };
const published = (topic: string, message: string, extras = {}): DecoderEvent => ({
  publish: topic,
  message,
  ...extras,
});

/** Each with what it says; every one of them is also cut at every byte. */
const SAMPLES: [string, DecoderEvent][] = [
  ['{"action":"publish","topic":"x","message":{"n":1}}', published('x', '{"n":1}')],
  ['{"message":[1, 2],"topic":"a.b","action":"publish"}', published('a.b', '[1, 2]')],
  ['{ "action" : "publish" , "topic" : "x" , "message" : null }', published('x', 'null')],
  ['{"action":"publish","topic":"x","message":1.50e0}', published('x', '1.50e0')],
  ['{"action":"publish","topic":"x","message":"\\u0041 \\/"}', published('x', '"\\u0041 \\/"')],
  ['{"action":"publish","topic":"день","message":"привет 😀"}', published('день', '"привет 😀"')],
  ['{"\\u0061ction":"publi\\u0073h","\\u0074opic":"\\u0078","message":1}', published('x', '1')],
  [
    '{"action":"ping","action":"publish","topic":"y","topic":"x","message":0,"message":1}',
    published('x', '1'),
  ],
  ['{"action":"publish","topic":"x","message":{\r\n"n":\n1}}', published('x', '{  "n": 1}')],
  ['{"action":"publish","topic":"x","message":1,"id":7}', published('x', '1', { id: 7 })],
  ['{"action":"publish","topic":"x","message":1,"id":"й"}', published('x', '1', { id: 'й' })],
  ['{"action":"publish","topic":"x","message":1,"id":-1.5}', published('x', '1', { id: -1.5 })],
  ['{"action":"publish","topic":"x","message":1,"messageId":"m1"}', published('x', '1', { messageId: 'm1' })],
  [
    '{"action":"publish","topic":"x","message":1,"headers":{"a":"b"},"key":"k","priority":9,"delay":5,"ttl":10}',
    published('x', '1', {
      attributes: { headers: { a: 'b' }, key: 'k', priority: 9, delay: 5, ttl: 10 },
    }),
  ],
  [
    '{"action":"publish","topic":"x","message":1,"deliverAt":77}',
    published('x', '1', { attributes: { deliverAt: 77 } }),
  ],
  ['{"action":"publish","topic":"x","message":1,"priority":0,"delay":0}', published('x', '1')],
  [
    '{"action":"publish","topic":"x","message":1,"delay":31622400000,"ttl":31622400000}',
    published('x', '1', { attributes: { delay: 31_622_400_000, ttl: 31_622_400_000 } }),
  ],
  [
    '{"action":"publish","topic":"x","message":1,"deliverAt":9007199254740991}',
    published('x', '1', { attributes: { deliverAt: Number.MAX_SAFE_INTEGER } }),
  ],
  [
    '{"action":"publish","topic":"x","message":1,"more":[{}],"zzz":{"topic":"q"},"__proto__":{"topic":"q"}}',
    published('x', '1'),
  ],
  [
    '{"action":"publish","topic":"x","message":"aGVsbG8=","encoding":"base64","contentType":"text/plain"}',
    published('x', 'hello', { attributes: { contentType: 'text/plain' } }),
  ],
  [
    '{"contentType":"a/b; c=\\u0064","encoding":"base\\u00364","message":"\\/\\/8g","topic":"x","action":"publish","key":"k","id":1}',
    published('x', '\ufffd\ufffd ', { id: 1, attributes: { key: 'k', contentType: 'a/b; c=d' } }),
  ],
  [
    '{"action":"publish","topic":"x","encoding":"base64","contentType":"text/plain","message":""}',
    published('x', '', { attributes: { contentType: 'text/plain' } }),
  ],
  ['{"action":"ping","encoding":5}', PING],
  ['{"action":"ping"}', PING],
  ['{"action":"ping","id":"a","constructor":1,"__proto__":{"id":2}}', { frame: { action: 'ping', id: 'a' } }],
  ['{"action":"subscribe","topic":"a.*"}', { frame: { action: 'subscribe', topic: 'a.*' } }],
  [
    '{"action":"subscribe","topic":"x","from":{"sequence":5,"epoch":"e"},"group":"g","prefetch":1,"ackDeadline":10,"maxDeliveries":1000,"backoff":{"min":2,"max":2,"x":3},"meta":true,"subscription":"s","id":1}',
    {
      frame: {
        action: 'subscribe',
        id: 1,
        topic: 'x',
        from: { sequence: 5, epoch: 'e' },
        group: 'g',
        prefetch: 1,
        ackDeadline: 10,
        maxDeliveries: 1000,
        backoff: { min: 2, max: 2 },
        meta: true,
        subscription: 's',
      },
    },
  ],
  [
    '{"action":"subscribe","topic":"x","group":"g","backoff":{}}',
    { frame: { action: 'subscribe', topic: 'x', group: 'g', backoff: {} } },
  ],
  [
    '{"action":"subscribe","topic":"x","from":"new"}',
    { frame: { action: 'subscribe', topic: 'x', from: 'new' } },
  ],
  [
    '{"action":"subscribe","topic":"x","from":{"time":0}}',
    { frame: { action: 'subscribe', topic: 'x', from: { time: 0 } } },
  ],
  [
    '{"action":"unsubscribe","topic":"x","group":"g"}',
    { frame: { action: 'unsubscribe', topic: 'x', group: 'g' } },
  ],
  ['{"action":"unsubscribe","subscription":"s"}', { frame: { action: 'unsubscribe', subscription: 's' } }],
  ['{"action":"get","topic":"x"}', { frame: { action: 'get', topic: 'x' } }],
  ['{"action":"get"}', { frame: { action: 'peek' } }],
  ['{"action":"listen"}', { frame: { action: 'listen' } }],
  ['{"action":"send","text":"hi"}', { frame: { action: 'send', text: { bytes: Buffer.from('"hi"') } } }],
  [
    '{"action":"ack","topic":"x","group":"g","sequence":3}',
    { frame: { action: 'ack', topic: 'x', group: 'g', sequences: [3] } },
  ],
  [
    '{"action":"nack","topic":"x","group":"g","sequences":[3,4],"delay":9}',
    { frame: { action: 'nack', topic: 'x', group: 'g', sequences: [3, 4], delay: 9 } },
  ],
  [
    '{"action":"terminate","topic":"x","group":"g","sequence":3,"reason":"bad"}',
    { frame: { action: 'terminate', topic: 'x', group: 'g', sequences: [3], reason: 'bad' } },
  ],
  [
    '{"action":"touch","topic":"x","group":"g","sequence":3}',
    { frame: { action: 'touch', topic: 'x', group: 'g', sequences: [3] } },
  ],
  [
    '{"action":"request","topic":"x","message":{ "a" : 1.0 },"timeout":5,"headers":{"h":""},"id":1}',
    {
      frame: {
        action: 'request',
        id: 1,
        topic: 'x',
        message: { bytes: Buffer.from('{ "a" : 1.0 }') },
        headers: { h: '' },
        timeout: 5,
      },
    },
  ],
  [
    '{"action":"subscribe","topic":"*","from":{"topics":{"__proto__":{"sequence":5,"time":null}}}}',
    { refused: 'INVALID_FRAME', field: 'from', text: expect.stringContaining('from must be "earliest"') },
  ],
  [
    '{"action":"subscribe","topic":"$s.*","from":{"topics":{"$s.a":{"sequence":5}},"otherwise":"new","x":1}}',
    {
      frame: {
        action: 'subscribe',
        topic: '$s.*',
        from: { topics: { '$s.a': { sequence: 5 } }, otherwise: 'new' },
      },
    },
  ],
  [
    '{"action":"request","topic":"$pochta.topics.list","message":{}}',
    {
      frame: { action: 'request', topic: '$pochta.topics.list', message: { bytes: Buffer.from('{}') } },
    },
  ],
  [
    '{"action":"request","topic":"x","message":"AP8=","encoding":"base64","contentType":"image/png","id":1}',
    {
      frame: {
        action: 'request',
        id: 1,
        topic: 'x',
        message: { bytes: Buffer.of(0, 255), contentType: 'image/png' },
      },
    },
  ],
  [
    '{"action":"reply","correlationId":"c","message":"AP8=","encoding":"base64","contentType":"image/png","more":true}',
    {
      frame: {
        action: 'reply',
        correlationId: 'c',
        message: { bytes: Buffer.of(0, 255), contentType: 'image/png' },
        more: true,
      },
    },
  ],
  [
    '{"action":"transaction","operations":[{"action":"publish","topic":"x","message":1},{"action":"publish","topic":"x","message":"AP8=","encoding":"base64","contentType":"image/png"}]}',
    {
      frame: {
        action: 'transaction',
        operations: [
          { action: 'publish', topic: 'x', message: { bytes: Buffer.from('1') } },
          {
            action: 'publish',
            topic: 'x',
            message: { bytes: Buffer.of(0, 255), contentType: 'image/png' },
          },
        ],
      },
    },
  ],
  ['{"action":"respond","topic":"x"}', { frame: { action: 'respond', topic: 'x' } }],
  ['{"action":"unrespond","topic":"x"}', { frame: { action: 'unrespond', topic: 'x' } }],
  ['{"action":"reply","correlationId":"c"}', { frame: { action: 'reply', correlationId: 'c' } }],
  ['{"action":"reply","correlationId":"c","more":false}', { frame: { action: 'reply', correlationId: 'c' } }],
  [
    '{"action":"reply","correlationId":"c","message":[\n1],"more":true}',
    { frame: { action: 'reply', correlationId: 'c', message: { bytes: Buffer.from('[ 1]') }, more: true } },
  ],
  [
    '{"action":"reply","correlationId":"c","error":{"code":"X","message":"no","extra":1}}',
    { frame: { action: 'reply', correlationId: 'c', error: { code: 'X', message: 'no' } } },
  ],
  ['{"action":"cancel","id":9}', { frame: { action: 'cancel', id: 9 } }],
  ['{"action":"auth","token":"t"}', { frame: { action: 'auth', token: 't' } }],
  ['{"action":"auth","user":"u","password":""}', { frame: { action: 'auth', user: 'u', password: '' } }],
  [
    '{"action":"transaction","operations":[{"action":"publish","topic":"x","message":{"a":1.0},"key":"k"} , {"action":"ack","topic":"y","group":"g","sequences":[1]}]}',
    {
      frame: {
        action: 'transaction',
        operations: [
          { action: 'publish', topic: 'x', message: { bytes: Buffer.from('{"a":1.0}') }, key: 'k' },
          { action: 'ack', topic: 'y', group: 'g', sequences: [1] },
        ],
      },
    },
  ],
  ['{"action":"nope","id":1}', { refused: 'UNKNOWN_ACTION', text: 'Unknown action', id: 1 }],
  [
    '{"action":"get","topic":5,"id":1}',
    { refused: 'INVALID_FRAME', text: 'topic must be a string', field: 'topic', id: 1 },
  ],
];

test.each(SAMPLES)('%s', (text, event) => {
  const line = `${text}\n`;
  expect(decode(line)).toEqual([event]);
  expect(decode(text)).toEqual([event]);
  expect(decode(`${text}\r\n`)).toEqual([event]);
  expect(decodeChunks(byteByByte(line)).events).toEqual([event]);
  const length = Buffer.byteLength(line);
  for (let cut = 1; cut < length; cut++) expect(decodeChunks(inPieces(line, cut)).events).toEqual([event]);
});

test('all samples at once, with any separator, cut anywhere', () => {
  const events = SAMPLES.map(([, event]) => event);
  for (const separator of ['\n', '\r\n', '', ' ', '\t\n\n ']) {
    const text = SAMPLES.map(([sample]) => sample).join(separator);
    expect(decode(text)).toEqual(events);
    expect(decodeChunks(byteByByte(text)).events).toEqual(events);
    fc.assert(
      fc.property(fc.array(fc.nat(Buffer.byteLength(text)), { maxLength: 20 }), (cuts) => {
        expect(decodeChunks(inPieces(text, ...cuts.sort((a, b) => a - b))).events).toEqual(events);
      }),
      { numRuns: 50 },
    );
  }
});

const INVALID_FRAMES: [frame: string, field: string][] = [
  ['{}', 'action'],
  ['{"message":1}', 'action'],
  ['{"action":"publish","message":1}', 'topic'],
  ['{"action":"publish","topic":"x"}', 'message'],
  ['{"action":"publish","topic":null,"message":1}', 'topic'],
  ['{"action":"publish","topic":"","message":1}', 'topic'],
  ['{"action":"publish","topic":"a b","message":1}', 'topic'],
  ['{"action":"publish","topic":"a.*","message":1}', 'topic'],
  ['{"action":"publish","topic":"a..b","message":1}', 'topic'],
  ['{"action":"publish","topic":"$sys","message":1}', 'topic'],
  ['{"action":"publish","topic":"\\ud800","message":1}', 'topic'],
  [`{"action":"publish","topic":"${'x'.repeat(256)}","message":1}`, 'topic'],
  ['{"action":"publish","topic":"x","message":1,"id":null}', 'id'],
  ['{"action":"publish","topic":"x","message":1,"id":{}}', 'id'],
  ['{"action":"publish","topic":"x","message":1,"id":1e999}', 'id'],
  [`{"action":"publish","topic":"x","message":1,"id":"${'x'.repeat(256)}"}`, 'id'],
  ['{"action":"publish","topic":"x","message":1,"messageId":5}', 'messageId'],
  ['{"action":"publish","topic":"x","message":1,"messageId":""}', 'messageId'],
  ['{"action":"publish","topic":"x","message":1,"headers":[]}', 'headers'],
  ['{"action":"publish","topic":"x","message":1,"headers":{"a":1}}', 'headers'],
  ['{"action":"publish","topic":"x","message":1,"key":1}', 'key'],
  ['{"action":"publish","topic":"x","message":"AA==","encoding":"base64"}', 'contentType'],
  ['{"action":"publish","topic":"x","message":"AA==","contentType":"a/b"}', 'encoding'],
  ['{"action":"publish","topic":"x","message":"AA==","encoding":"hex","contentType":"a/b"}', 'encoding'],
  ['{"action":"publish","topic":"x","message":"AA==","encoding":null,"contentType":"a/b"}', 'encoding'],
  ['{"action":"publish","topic":"x","message":"AA==","encoding":"base64","contentType":""}', 'contentType'],
  ['{"action":"publish","topic":"x","message":"AA==","encoding":"base64","contentType":7}', 'contentType'],
  [
    '{"action":"publish","topic":"x","message":"AA==","encoding":"base64","contentType":"a\\u0000"}',
    'contentType',
  ],
  [
    '{"action":"publish","topic":"x","message":"AA==","encoding":"base64","contentType":"a\\r\\nb"}',
    'contentType',
  ],
  [
    '{"action":"publish","topic":"x","message":"AA==","encoding":"base64","contentType":"ä/b"}',
    'contentType',
  ],
  [
    `{"action":"publish","topic":"x","message":"AA==","encoding":"base64","contentType":"${'x'.repeat(256)}"}`,
    'contentType',
  ],
  ...['1', '{}', 'null', '"A"', '"AA"', '"AA="', '"A A="', '"AA==\\n"', '"AB=="', '"-_=="', '"ä"'].map(
    (message): [string, string] => [
      `{"action":"publish","topic":"x","message":${message},"encoding":"base64","contentType":"a/b"}`,
      'message',
    ],
  ),
  ['{"action":"request","topic":"x","message":"A","encoding":"base64","contentType":"a/b"}', 'message'],
  ['{"action":"reply","correlationId":"c","message":"AA==","encoding":"base64"}', 'contentType'],
  ['{"action":"reply","correlationId":"c","encoding":"base64","contentType":"a/b"}', 'message'],
  [
    '{"action":"transaction","operations":[{"action":"publish","topic":"x","message":"A","encoding":"base64","contentType":"a/b"}]}',
    'message',
  ],
  ['{"action":"publish","topic":"x","message":1,"priority":10}', 'priority'],
  ['{"action":"publish","topic":"x","message":1,"priority":-1}', 'priority'],
  ['{"action":"publish","topic":"x","message":1,"priority":1.5}', 'priority'],
  ['{"action":"publish","topic":"x","message":1,"priority":"1"}', 'priority'],
  ['{"action":"publish","topic":"x","message":1,"delay":-1}', 'delay'],
  ['{"action":"publish","topic":"x","message":1,"delay":1,"deliverAt":1}', 'deliverAt'],
  ['{"action":"publish","topic":"x","message":1,"delay":31622400001}', 'delay'],
  ['{"action":"publish","topic":"x","message":1,"deliverAt":-1}', 'deliverAt'],
  ['{"action":"publish","topic":"x","message":1,"ttl":0}', 'ttl'],
  ['{"action":"publish","topic":"x","message":1,"ttl":31622400001}', 'ttl'],
  ['{"action":"subscribe"}', 'topic'],
  ['{"action":"subscribe","topic":">.a"}', 'topic'],
  ['{"action":"subscribe","topic":"x","from":"middle"}', 'from'],
  ['{"action":"subscribe","topic":"x","from":{}}', 'from'],
  ['{"action":"subscribe","topic":"x","from":{"sequence":-1}}', 'from'],
  ['{"action":"subscribe","topic":"x","from":{"sequence":1,"time":1}}', 'from'],
  ['{"action":"subscribe","topic":"x","from":{"sequence":1,"epoch":2}}', 'from'],
  ['{"action":"subscribe","topic":"x","from":{"topics":{}}}', 'from'],
  ['{"action":"subscribe","topic":"*","from":{"topics":[]}}', 'from'],
  ['{"action":"subscribe","topic":"*","from":{"topics":{"a.*":{"sequence":1}}}}', 'from'],
  ['{"action":"subscribe","topic":"*","from":{"topics":{"a":{"time":1}}}}', 'from'],
  ['{"action":"subscribe","topic":"*","from":{"topics":{"a":"new"}}}', 'from'],
  ['{"action":"subscribe","topic":"*","from":{"topics":{},"time":1}}', 'from'],
  ['{"action":"subscribe","topic":"*","from":{"topics":{},"otherwise":"last"}}', 'from'],
  ['{"action":"subscribe","topic":"*","from":{"topics":{},"otherwise":{"sequence":1}}}', 'from'],
  ['{"action":"subscribe","topic":"x","group":""}', 'group'],
  ['{"action":"subscribe","topic":"x","group":"g","prefetch":0}', 'prefetch'],
  ['{"action":"subscribe","topic":"x","group":"g","prefetch":65536}', 'prefetch'],
  ['{"action":"subscribe","topic":"x","group":"g","ackDeadline":"10"}', 'ackDeadline'],
  ['{"action":"subscribe","topic":"x","group":"g","ackDeadline":9}', 'ackDeadline'],
  ['{"action":"subscribe","topic":"x","group":"g","ackDeadline":2147483648}', 'ackDeadline'],
  ['{"action":"subscribe","topic":"x","group":"g","maxDeliveries":0}', 'maxDeliveries'],
  ['{"action":"subscribe","topic":"x","group":"g","maxDeliveries":1001}', 'maxDeliveries'],
  ['{"action":"subscribe","topic":"x","group":"g","backoff":5}', 'backoff'],
  ['{"action":"subscribe","topic":"x","group":"g","backoff":null}', 'backoff'],
  ['{"action":"subscribe","topic":"x","group":"g","backoff":{"min":0}}', 'backoff'],
  ['{"action":"subscribe","topic":"x","group":"g","backoff":{"max":2147483648}}', 'backoff'],
  ['{"action":"subscribe","topic":"x","group":"g","backoff":{"min":null}}', 'backoff'],
  ['{"action":"subscribe","topic":"x","group":"g","backoff":{"min":2,"max":1}}', 'backoff'],
  ['{"action":"subscribe","topic":"x","prefetch":1}', 'prefetch'],
  ['{"action":"subscribe","topic":"x","ackDeadline":10}', 'ackDeadline'],
  ['{"action":"subscribe","topic":"x","maxDeliveries":1}', 'maxDeliveries'],
  ['{"action":"subscribe","topic":"x","backoff":{"min":1}}', 'backoff'],
  ['{"action":"subscribe","topic":"x","meta":1}', 'meta'],
  ['{"action":"subscribe","topic":"x","subscription":1}', 'subscription'],
  ['{"action":"unsubscribe"}', 'topic'],
  ['{"action":"get","topic":"a.*"}', 'topic'],
  ['{"action":"ack","topic":"x","sequence":1}', 'group'],
  ['{"action":"ack","topic":"x","group":"g"}', 'sequence'],
  ['{"action":"ack","topic":"x","group":"g","sequence":0}', 'sequence'],
  ['{"action":"ack","topic":"x","group":"g","sequences":[]}', 'sequences'],
  ['{"action":"ack","topic":"x","group":"g","sequences":[1,"2"]}', 'sequences'],
  ['{"action":"ack","topic":"x","group":"g","sequence":1,"sequences":[1]}', 'sequences'],
  ['{"action":"nack","topic":"x","group":"g","sequence":1,"delay":-1}', 'delay'],
  ['{"action":"terminate","topic":"x","group":"g","sequence":1,"reason":1}', 'reason'],
  ['{"action":"transaction"}', 'operations'],
  ['{"action":"transaction","operations":[]}', 'operations'],
  ['{"action":"transaction","operations":[1]}', 'operations'],
  ['{"action":"transaction","operations":{}}', 'operations'],
  ['{"action":"transaction","operations":[{"action":"ping"}]}', 'operations'],
  ['{"action":"transaction","operations":[{"action":"publish","topic":"x"}]}', 'message'],
  ['{"action":"request","topic":"x"}', 'message'],
  ['{"action":"request","topic":"$sys.*","message":1}', 'topic'],
  ['{"action":"request","topic":"x","message":1,"timeout":0}', 'timeout'],
  ['{"action":"respond"}', 'topic'],
  ['{"action":"respond","topic":"$pochta.topics.list"}', 'topic'],
  ['{"action":"reply","message":1}', 'correlationId'],
  ['{"action":"reply","correlationId":"c","more":true}', 'message'],
  ['{"action":"reply","correlationId":"c","message":1,"error":{"message":"x"}}', 'error'],
  ['{"action":"reply","correlationId":"c","error":{}}', 'error'],
  ['{"action":"reply","correlationId":"c","error":"x"}', 'error'],
  ['{"action":"cancel"}', 'id'],
  ['{"action":"auth"}', 'token'],
  ['{"action":"auth","user":"u"}', 'password'],
  ['{"action":"auth","password":"p"}', 'user'],
  ['{"action":"auth","token":"t","jwt":"j"}', 'token'],
  ['{"action":"send"}', 'text'],
];

test.each(INVALID_FRAMES)('%s is refused and names the field', (text, field) => {
  const [event, ...others] = decode(`${text}{"action":"ping"}`);
  expect(event).toMatchObject({
    refused: 'INVALID_FRAME',
    field,
    text: expect.stringMatching(`^${field} `) as string,
  });
  expect(others).toEqual([PING]);
});

test.each([
  '{"action":5}',
  '{"action":null}',
  '{"action":"PUBLISH"}',
  '{"action":""}',
  '{"action":"__proto__"}',
  '{"action":"peek"}',
])('%s is an unknown action', (text) =>
  expect(decode(text)).toEqual([{ refused: 'UNKNOWN_ACTION', text: 'Unknown action' }]),
);

test('an unknown action is told before its bad id', () => {
  expect(decode('{"action":"nope","id":[]}')).toEqual([
    { refused: 'UNKNOWN_ACTION', text: 'Unknown action' },
  ]);
});

test('a refused publish carries its id back', () => {
  expect(decode('{"action":"publish","topic":"x","id":"a"}')).toMatchObject([
    { refused: 'INVALID_FRAME', id: 'a' },
  ]);
});

test('a content type of 255 characters is fine', () => {
  const contentType = 'x'.repeat(255);
  const frame = { action: 'publish', topic: 'x', message: 'AA==', encoding: 'base64', contentType };
  expect(decode(JSON.stringify(frame))).toEqual([published('x', '\0', { attributes: { contentType } })]);
});

test('64 headers are fine, 65 are not', () => {
  const frame = (count: number): string => {
    const headers = Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, '']));
    return JSON.stringify({ action: 'publish', topic: 'x', message: 1, headers });
  };
  expect(decode(frame(64))).toMatchObject([{ publish: 'x' }]);
  expect(decode(frame(65))).toMatchObject([{ refused: 'INVALID_FRAME', field: 'headers' }]);
});

test('10,000 sequences are fine, 10,001 are not', () => {
  const frame = (count: number): string =>
    JSON.stringify({
      action: 'ack',
      topic: 'x',
      group: 'g',
      sequences: Array.from({ length: count }, (_, i) => i + 1),
    });
  expect(decode(frame(10_000))).toMatchObject([{ frame: { action: 'ack' } }]);
  expect(decode(frame(10_001))).toMatchObject([{ refused: 'INVALID_FRAME', field: 'sequences' }]);
});

test('very many unknown fields are ignored', () => {
  const unknown = Array.from({ length: 20_000 }, (_, index) => `"f${index}":${index}`).join();
  expect(decode(`{${unknown},"action":"ping"}`)).toEqual([PING]);
});

test('__proto__ as a key pollutes nothing', () => {
  const text =
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"action":"publish","topic":"x","message":{"__proto__":1},"headers":{"__proto__":"p","constructor":"c"}}';
  expect(decode(text)).toMatchObject([{ publish: 'x', message: '{"__proto__":1}' }]);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test('a frame says what it says, whatever others before it are like', () => {
  const frames = [...SAMPLES, ...INVALID_FRAMES].map(([text]) => `${text}\n`);
  // Written alike, but for one thing each.
  const alike = [
    '"publish"',
    '"publi\\u0073h"',
    '"request"',
    '"send"',
    '"pub\\/"',
    '"nothing"',
    '1',
    '{"a":1}',
  ].flatMap((action) =>
    ['1', '{"a":1}', '"\u00e9"'].map(
      (value) => `{"action":${action},"topic":"x","message":${value},"text":"t"}\n`,
    ),
  );
  const plain = alike.map((text) => text.replace(',"text":"t"', ''));
  for (const texts of [frames, alike, plain]) {
    const alone = new Map(texts.map((text) => [text, decode(text)]));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...texts), { maxLength: 60 }), (sequence) => {
        const { events } = decodeChunks(sequence);
        expect(events).toEqual(sequence.flatMap((text) => alone.get(text)!));
      }),
      { numRuns: 200 },
    );
  }
});

describe('runs', () => {
  const publish = (topic: string, n: number): string =>
    `{"action":"publish","topic":"${topic}","message":${n}}\n`;

  test('interleaved topics are one batch each, and the order of the frames is kept', () => {
    const frames = Array.from({ length: 500 }, (_, n) => publish(`t${n % 5}`, n));
    const { runs, events } = decodeChunks([frames.join('')]);
    expect(runs).toHaveLength(1);
    expect(runs[0].batches.map(({ topic, messages }) => [topic, messages.count])).toEqual(
      ['t0', 't1', 't2', 't3', 't4'].map((topic) => [topic, 100]),
    );
    expect(events).toEqual(frames.map((_, n) => published(`t${n % 5}`, String(n))));
  });

  test('a long run of one topic keeps every payload, also behind a frame that was cut', () => {
    const frames = Array.from({ length: 300 }, (_, n) => publish('x', n));
    const text = frames.join('');
    for (const cut of [10, 45, 5000]) {
      expect(decodeChunks(inPieces(text, cut)).events).toEqual(
        frames.map((_, n) => published('x', String(n))),
      );
    }
  });

  test('payloads with line breaks and a second topic do not disturb a long run', () => {
    const frames = Array.from({ length: 100 }, (_, n) => {
      if (n === 40) return '{"action":"publish","topic":"x","message":[\n40]}\n';
      return publish(n > 60 && n % 7 === 0 ? 'y' : 'x', n);
    });
    const messages = decodeChunks([frames.join('')]).events.map((event) =>
      'message' in event ? event.message : '',
    );
    expect(messages).toEqual(frames.map((_, n) => (n === 40 ? '[ 40]' : String(n))));
  });

  test('frames that begin alike are told apart', () => {
    const begin = '{"x":[[]],"action":"publish","topic":"a","message":';
    const text = `${begin}1}${begin}2,"id":5}${begin.replace('"a"', '"b"')}3}${begin}4,"message":5}${begin}6,"topic":"c"}${begin}]}`;
    expect(decode(`${text}\n`)).toEqual([
      published('a', '1'),
      published('a', '2', { id: 5 }),
      published('b', '3'),
      published('a', '5'),
      published('c', '6'),
      BAD,
    ]);
  });

  test('one topic needs no batchOf, frames without id no ids', () => {
    const { runs } = decodeChunks([publish('x', 1) + publish('x', 2)]);
    expect(runs).toMatchObject([{ count: 2, batchOf: undefined, ids: undefined }]);
  });

  test('more topics than are remembered still make one batch each', () => {
    const frames = Array.from({ length: 300 }, (_, n) => publish(`t${n % 100}`, n));
    const { runs, events } = decodeChunks([frames.join('')]);
    expect(runs).toHaveLength(1);
    expect(runs[0].batches).toHaveLength(100);
    expect(events).toEqual(frames.map((_, n) => published(`t${n % 100}`, String(n))));
  });

  test('more batches than 16 bits can tell apart make two runs', () => {
    const frames = Array.from({ length: 65_537 }, (_, n) => publish(`t${n}`, n));
    expect(decodeChunks([frames.join('')]).runs.map(({ count }) => count)).toEqual([65_536, 1]);
  });

  test('another frame or a refusal closes the run first', () => {
    const text = `${publish('x', 1)}{"action":"ping"}\n${publish('x', 2)}bad\n${publish('x', 3)}`;
    const sink = decodeChunks([text]);
    expect(sink.events).toEqual([published('x', '1'), PING, published('x', '2'), BAD, published('x', '3')]);
    expect(sink.runs).toHaveLength(3);
  });
});

describe('what is not a JSON object in UTF-8', () => {
  const NOT_FRAMES = [
    'hello',
    '[1]',
    '"text"',
    '17',
    'null',
    '}',
    '{"action":"ping"',
    '{"action":"ping",}',
    "{'action':'ping'}",
    '{"action":"pi\tng"}',
    '{"action":ping}',
    '{"a":01}',
    '{"a":"\\q"}',
    '\u0000',
  ];

  test.each(NOT_FRAMES)('%j costs its line only, also cut anywhere', (bad) => {
    const text = `{"action":"ping"}\n${bad}\n{"action":"ping"}\n`;
    expect(decode(text)).toEqual([PING, BAD, PING]);
    expect(decodeChunks(byteByByte(text)).events).toEqual([PING, BAD, PING]);
    for (let cut = 1; cut < text.length; cut++) {
      expect(decodeChunks(inPieces(text, cut)).events).toEqual([PING, BAD, PING]);
    }
  });

  test.each(NOT_FRAMES.filter((bad) => bad !== '{"action":"ping"'))(
    '%j, without any newline, costs what has arrived',
    (bad) => {
      expect(decodeChunks([`{"action":"ping"}${bad}{"action":"ping"}`, '{"action":"ping"}']).events).toEqual([
        PING,
        BAD,
        PING,
      ]);
    },
  );

  test.each([[[0xff]], [[0xc3]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0xf5, 0x80, 0x80, 0x80]]])(
    'bytes %j inside a string are no UTF-8',
    (bad) => {
      const text = Buffer.concat([
        Buffer.from('{"action":"ping","x":"'),
        Buffer.from(bad),
        Buffer.from('"}\n{"action":"ping"}\n'),
      ]);
      expect(decode(text)).toEqual([BAD, PING]);
      expect(decodeChunks(byteByByte(text)).events).toEqual([BAD, PING]);
    },
  );

  test('a line without its last brace does not swallow the next one', () => {
    const text = '{"action":"publish","topic":"x"\n{"action":"ping"}\n';
    expect(decode(text)).toEqual([BAD, PING]);
    expect(decodeChunks(byteByByte(text)).events).toEqual([BAD, PING]);
  });

  test('lines that a bad one had swallowed for a while come back', () => {
    const text =
      '{"action":"publish","message":[\n{"action":"ping"}\n,{"action":"ping"}\n}\n{"action":"ping"}\n';
    const events = [BAD, PING, BAD, BAD, PING];
    expect(decode(text)).toEqual(events);
    expect(decodeChunks(byteByByte(text)).events).toEqual(events);
    for (let cut = 1; cut < text.length; cut++)
      expect(decodeChunks(inPieces(text, cut)).events).toEqual(events);
  });

  test('the newline behind a bad frame may come much later, and nothing is kept until then', () => {
    const decoder = new JsonLinesFrameDecoder();
    const sink = new RecordingSink();
    decoder.decode(Buffer.from('\n{"action":}'), sink);
    for (let chunk = 0; chunk < 100; chunk++) {
      decoder.decode(Buffer.alloc(100_000, '{"action":"ping"}'), sink);
      expect(decoder.pendingBytes).toBe(0);
    }
    decoder.decode(Buffer.from('xx\n{"action":"ping"}'), sink);
    expect(sink.events).toEqual([BAD, PING]);
  });

  test.each([
    ['each line opens a level', '{"a":\n'],
    ['each line opens two levels', '{"a":[\n'],
    ['each line is its own error', '{"a"\n'],
    ['each line is garbage', 'x\n'],
    ['each line is a whole value of an array', '[{}\n,'],
  ])('looking again is bounded when %s', (_, line) => {
    const text = Buffer.from(line.repeat(100_000 / line.length) + '!\n{"action":"ping"}\n');
    for (const chunks of [
      [text],
      inPieces(text, 1000, 50_000),
      inPieces(text, ...Array.from({ length: 99 }, (_, i) => 1000 * (i + 1))),
    ]) {
      const decoder = new JsonLinesFrameDecoder({ maxFrameBytes: 200_000 });
      const sink = new RecordingSink();
      for (const chunk of chunks) decoder.decode(chunk, sink);
      expect(sink.events.at(-1)).toEqual(PING);
      // Each byte once, twice its number in re-scans, and what was saved up at the beginning.
      expect(decoder.scannedBytes).toBeLessThanOrEqual(3 * text.length + 4 * 200_000);
    }
  });
});

describe('limits', () => {
  const frameOf = (bytes: number): string => {
    const frame = '{"action":"publish","topic":"x","message":""}';
    return frame.replace('""', `"${'m'.repeat(bytes - frame.length)}"`);
  };
  const limited = { maxFrameBytes: 1000 };

  test.each([
    ['one chunk', (text: string) => [text]],
    ['single bytes', byteByByte],
    ['two pieces', (text: string) => inPieces(text, 400)],
  ])('a frame of maxFrameBytes is fine and one byte more is not, in %s', (_, cut) => {
    expect(decodeChunks(cut(`${frameOf(1000)}{"action":"ping"}`), limited).events).toMatchObject([
      { publish: 'x' },
      PING,
    ]);
    expect(decodeChunks(cut(`${frameOf(1001)}{"action":"ping"}`), limited).events).toEqual([
      { fatal: 'FRAME_TOO_LARGE' },
    ]);
  });

  test('too large is told as soon as it is known', () => {
    const decoder = new JsonLinesFrameDecoder(limited);
    const sink = new RecordingSink();
    decoder.decode(Buffer.from(frameOf(2000).slice(0, 999)), sink);
    expect(sink.events).toEqual([]);
    expect(decoder.pendingBytes).toBe(999);
    decoder.decode(Buffer.from('m'), sink);
    expect(sink.events).toEqual([{ fatal: 'FRAME_TOO_LARGE' }]);
    decoder.decode(Buffer.from('"}\n{"action":"ping"}\n'), sink);
    expect(sink.events).toHaveLength(1);
    expect(decoder.pendingBytes).toBe(0);
  });

  test('publishes before a frame that is too large are handed over first', () => {
    expect(decode(frameOf(60) + frameOf(2000), limited)).toMatchObject([
      { publish: 'x' },
      { fatal: 'FRAME_TOO_LARGE' },
    ]);
  });

  test('white space between frames is free', () => {
    const space = Array.from({ length: 100 }, () => ' \r\n\t'.repeat(1000));
    const decoder = new JsonLinesFrameDecoder(limited);
    const sink = new RecordingSink();
    for (const chunk of space) decoder.decode(Buffer.from(chunk), sink);
    expect(decoder.pendingBytes).toBe(0);
    decoder.decode(Buffer.from('{"action":"ping"}'), sink);
    expect(sink.events).toEqual([PING]);
  });

  const nested = (levels: number): string =>
    `{"action":"ping","id":1,"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

  test('maxDepth levels are fine, one more is not', () => {
    expect(decode(nested(5), { maxDepth: 5 })).toEqual([{ frame: { action: 'ping', id: 1 } }]);
    expect(decode(nested(6), { maxDepth: 5 })).toEqual([
      { refused: 'INVALID_FRAME', text: 'the frame must not be nested deeper than 5 levels', id: 1 },
    ]);
  });

  test('100,000 levels are answered, and the next frame is found', () => {
    const text = `${nested(100_000)}{"action":"ping"}`;
    expect(decode(text)).toMatchObject([{ refused: 'INVALID_FRAME', id: 1 }, PING]);
    expect(decodeChunks(inPieces(text, 1000, 100_000, 150_000)).events).toMatchObject([
      { refused: 'INVALID_FRAME' },
      PING,
    ]);
    expect(decode(`{"id":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toMatchObject([
      { refused: 'INVALID_FRAME' },
    ]);
  });

  test('a frame sent byte by byte is looked at once', () => {
    const text = frameOf(100_000);
    const decoder = new JsonLinesFrameDecoder();
    const sink = new RecordingSink();
    for (const byte of byteByByte(text)) decoder.decode(byte, sink);
    expect(sink.events).toHaveLength(1);
    expect(decoder.scannedBytes).toBe(text.length - 1);
  });
});

test('decoders whose frames come byte by byte, in turns, do not disturb each other', () => {
  const talks = SAMPLES.map(([text, event], index) => ({
    decoder: new JsonLinesFrameDecoder(),
    sink: new RecordingSink(),
    // Some are between two frames while the others are within one.
    pieces: byteByByte(`${' '.repeat(index % 7)}${text}\n${text}\n{"action":"ping"}\n`),
    events: [event, event, PING],
  }));
  const longest = Math.max(...talks.map(({ pieces }) => pieces.length));
  for (let at = 0; at < longest; at++) {
    for (const { decoder, sink, pieces } of talks) if (at < pieces.length) decoder.decode(pieces[at], sink);
  }
  for (const { sink, events } of talks) expect(sink.events).toEqual(events);
});

test('a decoder that is called from what another has decoded does not disturb it', () => {
  const inner = new JsonLinesFrameDecoder();
  const heard = new RecordingSink();
  const sink = new RecordingSink();
  const onFrame = sink.onFrame.bind(sink);
  sink.onFrame = (frame) => {
    inner.decode(Buffer.from('{"action":"subscribe","topic":"b"}{"action":"pi'), heard);
    onFrame(frame);
  };
  const text = '{"action":"ping"}{"action":"subscribe","topic":"a"}';
  new JsonLinesFrameDecoder().decode(Buffer.from(text), sink);
  expect(sink.events).toEqual(decode(text));
  expect(heard.events[0]).toEqual(decode('{"action":"subscribe","topic":"b"}')[0]);
});

test('says the same however random frames are cut', () => {
  const line = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...SAMPLES.map(([text]) => text)) },
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.string(),
    fc.constantFrom(...INVALID_FRAMES.map(([text]) => text)),
  );
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 12 }),
      fc.array(fc.nat(2000), { maxLength: 8 }),
      (lines, cuts) => {
        // The newline first: what has not been sent yet cannot decide how a bad frame is got past.
        const text = `\n${lines.join('\n')}\n`;
        const ends = cuts.filter((cut) => cut < Buffer.byteLength(text)).sort((a, b) => a - b);
        expect(decodeChunks(inPieces(text, ...ends)).events).toEqual(decode(text));
      },
    ),
    { numRuns: 1000 },
  );
});
