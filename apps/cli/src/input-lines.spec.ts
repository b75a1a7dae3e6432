import { Readable } from 'node:stream';
import { inputLines, wholeInput } from './input-lines';

const stream = (...chunks: string[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

async function linesOf(input: Readable, longest?: number): Promise<[number, string][]> {
  const lines: [number, string][] = [];
  for await (const { number, bytes } of inputLines(input, longest)) lines.push([number, `${bytes}`]);
  return lines;
}

const TEXT = 'one\r\n\n  \ntwo ⊕\nthree';
const LINES = [
  [1, 'one'],
  [4, 'two ⊕'],
  [5, 'three'],
];

it('numbers the lines, and leaves blank ones out', async () => {
  expect(await linesOf(stream(TEXT))).toEqual(LINES);
});

it('takes chunks that are cut at any byte', async () => {
  const bytes = Buffer.from(TEXT);
  for (let at = 1; at < bytes.length; at += 1) {
    const cut = Readable.from([bytes.subarray(0, at), bytes.subarray(at)]);
    expect(await linesOf(cut)).toEqual(LINES);
  }
});

it('takes a line of as many bytes as are allowed', async () => {
  expect(await linesOf(stream('123', '45\n1'), 5)).toEqual([
    [1, '12345'],
    [2, '1'],
  ]);
});

it.each([
  ['with its end', ['1\n123', '456\n']],
  ['whose end has not come', ['1\n12', '3456']],
])('refuses a longer line %s, and names it', async (_what, chunks) => {
  await expect(linesOf(stream(...chunks), 5)).rejects.toMatchObject({
    code: 'FRAME_TOO_LARGE',
    message: 'line 2: it is longer than 5 bytes',
  });
});

it('reads the whole input up to a limit', async () => {
  expect(`${await wholeInput(stream('12', '345'), 5)}`).toBe('12345');
  await expect(wholeInput(stream('12', '3456'), 5)).rejects.toMatchObject({ code: 'FRAME_TOO_LARGE' });
});
