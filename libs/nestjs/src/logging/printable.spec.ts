import { printable } from './printable';

it('what is logged of a message is one line, commands no terminal, and reads in its own direction', () => {
  expect(printable('a\r\nb\u001b[2K\u0000\u009b1m\u2028\u202ec\u2066\u200f')).toBe(
    'a\\u000d\\u000ab\\u001b[2K\\u0000\\u009b1m\\u2028\\u202ec\\u2066\\u200f',
  );
  expect(printable('a "quoted" \\ größe, 価格 and שלום')).toBe('a "quoted" \\ größe, 価格 and שלום');
});
