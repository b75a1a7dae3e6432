import { plainEnd, viewOf } from './plain-text';

const ENDS = [0x00, 0x0a, 0x1f, 0x22, 0x5c, 0x80, 0xa2, 0xdc, 0xff];
const PLAIN = [0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f];

test.each(ENDS)('a text of any length ends at a byte %i, whatever is before and behind it', (byte) => {
  for (let length = 0; length <= 90; length++) {
    for (const plain of PLAIN) {
      const bytes = Buffer.alloc(length + 20, plain);
      bytes[3 + length] = byte;
      expect(plainEnd(bytes, viewOf(bytes), 3, bytes.length)).toBe(3 + length);
      bytes.fill(byte, 3 + length);
      expect(plainEnd(bytes, viewOf(bytes), 3, bytes.length)).toBe(3 + length);
    }
  }
});

test('a text that goes on is plain up to the end that is given, though more is there', () => {
  const bytes = Buffer.alloc(200, 'x');
  for (let end = 5; end <= 200; end++) expect(plainEnd(bytes, viewOf(bytes), 5, end)).toBe(end);
});

test('bytes may lie anywhere in their buffer', () => {
  const whole = Buffer.alloc(300, '"');
  for (let offset = 0; offset < 9; offset++) {
    const bytes = whole.subarray(offset, offset + 100).fill('a');
    expect(plainEnd(bytes, viewOf(bytes), 0, 100)).toBe(100);
    whole.fill('"');
  }
});
