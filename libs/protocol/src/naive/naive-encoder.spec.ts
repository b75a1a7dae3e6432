import { errorFor } from '../errors/error-classes';
import type { Payload } from '../frames';
import { OneTopicEncoder, SimpleEncoder } from './naive-encoder';
import { asciiText, spacedJson } from './spaced-json';

// Right-hand sides are what Python 3 prints for json.dumps(json.loads(left)).
test.each([
  ['{"a":1,"b":[true,false,null]}', '{"a": 1, "b": [true, false, null]}'],
  ['{}', '{}'],
  [' { } ', '{}'],
  ['[]', '[]'],
  ['[ [ ] , { } ]', '[[], {}]'],
  ['{"a":{"b":{"c":"d"}}}', '{"a": {"b": {"c": "d"}}}'],
  ['"a,b:c"', '"a,b:c"'],
  ['"quote \\" back \\\\ slash \\/"', '"quote \\" back \\\\ slash /"'],
  ['"\\u0041\\u00e9\\n\\r\\t\\b\\f\\u0001"', '"A\\u00e9\\n\\r\\t\\b\\f\\u0001"'],
  ['"привет"', '"\\u043f\\u0440\\u0438\\u0432\\u0435\\u0442"'],
  ['"😀"', '"\\ud83d\\ude00"'],
  ['"\\uD83D\\uDE00"', '"\\ud83d\\ude00"'],
  ['"\\ud800"', '"\\ud800"'],
  ['"\u007f"', '"\\u007f"'],
  ['{"ключ":[1,"a"]}', '{"\\u043a\\u043b\\u044e\\u0447": [1, "a"]}'],
  ['"text"', '"text"'],
  ['\t[\r\n1 ,\n2 ]\n', '[1, 2]'],
])('%s is written as json.dumps does', (json, expected) => {
  expect(spacedJson(Buffer.from(json))).toBe(expected);
});

// Where json.dumps would change the digits, the message's own are kept.
test.each(['1.0', '1e5', '1E+5', '-0', '0.10', '12345678901234567890', '1.7976931348623157e309'])(
  'number %s keeps its digits',
  (digits) => {
    expect(spacedJson(Buffer.from(`[${digits},{"n":${digits}}]`))).toBe(`[${digits}, {"n": ${digits}}]`);
  },
);

test('every UTF-16 unit comes back through JSON.parse', () => {
  let all = '';
  for (let unit = 0; unit < 0x10000; unit += 7) all += String.fromCharCode(unit);
  const written = asciiText(all);
  expect(JSON.parse(written)).toBe(all);
  expect(written).toMatch(/^[\x20-\x7e]*$/);
});

const json = (text: string): Payload => ({ bytes: Buffer.from(text) });
const binary: Payload = { bytes: Uint8Array.of(0, 255), contentType: 'image/png' };

test('the one-topic shorthand', () => {
  const encoder = new OneTopicEncoder();
  const frames = [
    encoder.answer('send', { type: 'success', message: 'Published' }),
    encoder.answer('listen', { type: 'success', message: 'Subscribed' }),
    encoder.answer('send', { type: 'error', ...fields('STORAGE_FULL') }),
    encoder.push(json('"hé"')),
    encoder.push(binary),
    encoder.messages([json('"a"'), json('{"b":1}')]),
    encoder.messages([]),
  ];
  expect(frames.map(String)).toEqual([
    '{"status": "sent"}',
    '{"status": "listening"}',
    '{"status": "error", "message": "No space left for messages"}',
    '{"new_message": "h\\u00e9"}',
    '{"new_message": "AP8="}',
    '{"messages": ["a", {"b": 1}]}',
    '{"messages": []}',
  ]);
});

test('the simple dialect', () => {
  const encoder = new SimpleEncoder();
  const frames = [
    encoder.answer('publish', { type: 'success', message: 'Published' }),
    encoder.answer('subscribe', { type: 'success', message: 'Subscribed', subscription: 's' }),
    encoder.answer('get', { type: 'success', message: json('{"a":[1,2.0]}') }),
    encoder.answer('get', { type: 'success', message: 'No messages', code: 'NO_MESSAGES' }),
    encoder.answer('ping', { type: 'success', message: 'pong' }),
    encoder.answer('request', { type: 'success', message: json('null'), end: true }),
    encoder.answer(undefined, { type: 'error', ...fields('UNKNOWN_ACTION') }),
    encoder.answer('publish', { type: 'error', ...fields('TOPIC_FULL') }),
    encoder.push(json('{"a":"б"}')),
  ];
  expect(frames.map(String)).toEqual([
    '{"status": "ok"}',
    '{"status": "subscribed"}',
    '{"status": "ok", "data": {"a": [1, 2.0]}}',
    '{"status": "no_messages"}',
    '{"status": "ok"}',
    '{"status": "ok"}',
    '{"status": "error", "message": "Unknown action"}',
    '{"status": "error", "message": "Queue full"}',
    '{"type": "message", "data": {"a": "\\u0431"}}',
  ]);
});

function fields(code: 'STORAGE_FULL' | 'UNKNOWN_ACTION' | 'TOPIC_FULL'): { code: string; message: string } {
  return { code, message: errorFor(code).message };
}
