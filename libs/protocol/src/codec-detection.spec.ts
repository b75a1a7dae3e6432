import { clientPreface } from './binary/preface';
import { detectCodec } from './codec-detection';

const detect = (text: string): string | undefined => detectCodec(Buffer.from(text, 'latin1'));

const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE'];

test.each(METHODS)('an HTTP request line with %s is known at the space, not before', (method) => {
  for (let length = 0; length <= method.length; length++)
    expect(detect(method.slice(0, length))).toBeUndefined();
  expect(detect(`${method} `)).toBe('http');
  expect(detect(`${method} / HTTP/1.1\r\n`)).toBe('http');
  expect(detect(`${method}\n`)).toBe('json-lines');
  expect(detect(`${method}X `)).toBe('json-lines');
});

test.each([
  '{',
  ' {',
  '\n',
  '\r\n{',
  '\t',
  '[',
  '"',
  '1',
  'hello',
  'g',
  'get ',
  'GOT',
  'PUSH',
  'HELO x',
  'Z',
  '~',
])('%j is JSON lines at once', (text) => expect(detect(text)).toBe('json-lines'));

test('a binary preface is known at its end, not before', () => {
  const preface = clientPreface();
  for (let length = 0; length < preface.length; length++)
    expect(detectCodec(preface.subarray(0, length))).toBeUndefined();
  expect(detectCodec(preface)).toBe('binary');
});

test('what only begins like a binary preface is no codec', () => {
  expect(detect('\xd0\x50\x4f\x43\x48\x54\x42')).toBe('unknown');
  expect(detect('\xd0\x9f')).toBe('unknown');
});

test.each([0x00, 0x01, 0x0b, 0x16, 0x1f, 0x7f, 0x80, 0xef, 0xff])('%i is no codec', (byte) => {
  expect(detectCodec(Uint8Array.of(byte, 0x7b))).toBe('unknown');
});

test('every first byte is decided after at most 8 bytes', () => {
  for (let byte = 0; byte < 256; byte++) expect(detectCodec(Buffer.alloc(8, byte))).toBeDefined();
  expect(detect('OPTIONSX')).toBe('json-lines');
});
