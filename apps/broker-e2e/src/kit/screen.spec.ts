import { Screen } from './screen';

function shown(...chunks: string[]): string[] {
  const screen = new Screen(10);
  for (const chunk of chunks) screen.write(chunk);
  return screen.rows;
}

it('a screen puts characters beside and lines below one another', () => {
  expect(shown('one\r\ntwo')).toEqual(['one', 'two']);
});

it('a screen wraps a long line', () => {
  expect(shown('0123456789abc')).toEqual(['0123456789', 'abc']);
});

it('a screen moves its cursor and clears what is below it', () => {
  expect(shown('one\r\ntwo\r\nthree\x1b[1A\x1b[1G\x1b[0Jnew')).toEqual(['one', 'new']);
});

it('a screen takes escape sequences that are cut anywhere', () => {
  expect(shown('one\x1b', '[', '2', 'Gx')).toEqual(['oxe']);
});
