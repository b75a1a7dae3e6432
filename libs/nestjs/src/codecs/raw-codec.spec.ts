import { messagePack } from './message-pack-codec';
import { raw, withContentType } from './raw-codec';

describe('raw payloads', () => {
  it('are the bytes themselves, in and out', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(Uint8Array.from(raw().encode(bytes, 't') as Uint8Array)).toEqual(bytes);
    expect(raw().decode(bytes, 't')).toBe(bytes);
  });

  it('are not changed by what becomes of the buffer that they came from', () => {
    const bytes = Uint8Array.of(1);
    const written = raw().encode(bytes, 't') as Uint8Array;
    bytes[0] = 2;
    expect(written[0]).toBe(1);
  });

  it.each([undefined, null, 'text', { length: 1 }, [1], new ArrayBuffer(1), 7])(
    'are refused when they are no bytes',
    (value) => {
      expect(() => raw().encode(value, 't')).toThrow(
        expect.objectContaining({ code: 'VALIDATION_FAILED', field: 'message' }),
      );
    },
  );

  it('have the content type that is said, octets by default', () => {
    expect(raw().contentType).toBe('application/octet-stream');
    expect(raw('image/png').contentType).toBe('image/png');
  });

  it.each(['', 'č', 'a\nb', 'x'.repeat(256)])('cannot have the content type %j', (contentType) => {
    const refused = expect.objectContaining({ code: 'INVALID_CONFIG', field: 'contentType' });
    expect(() => raw(contentType)).toThrow(refused);
    expect(() => withContentType(raw(), contentType)).toThrow(refused);
  });
});

it('a codec may have another content type', () => {
  const codec = withContentType(messagePack(), 'application/vnd.acme+msgpack');
  expect(codec).toMatchObject({ contentType: 'application/vnd.acme+msgpack', selfDescribing: true });
  expect(codec.decode(codec.encode({ a: 1 }, 't') as Uint8Array, 't')).toEqual({ a: 1 });
});
