import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ChatTerminal } from './chat-terminal';

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const seen: string[] = [];
  for await (const line of lines) seen.push(line);
  return seen;
}

describe('a chat with piped input', () => {
  it('reads line by line to the end, also a last line without a newline', async () => {
    const input = new PassThrough();
    const terminal = new ChatTerminal(input, new PassThrough(), 'alice> ');
    input.end('one\ntwo\nthree');

    expect(await all(terminal.lines())).toEqual(['one', 'two', 'three']);
  });

  it('loses no line that comes before anyone asks for lines', async () => {
    const input = new PassThrough();
    const terminal = new ChatTerminal(input, new PassThrough(), 'alice> ');
    input.end('one\ntwo\n');
    await new Promise((resolve) => input.once('end', resolve));

    expect(await all(terminal.lines())).toEqual(['one', 'two']);
  });

  it('ends when it is closed', async () => {
    const terminal = new ChatTerminal(new PassThrough(), new PassThrough(), 'alice> ');
    const lines = all(terminal.lines());
    terminal.close();

    expect(await lines).toEqual([]);
  });

  it('prints plain lines: no prompt, no cursor movement', async () => {
    const output = new PassThrough();
    const terminal = new ChatTerminal(new PassThrough(), output, 'alice> ');
    terminal.print('09:05 bob: hi');
    terminal.close();
    terminal.print('(bye)');
    output.end();

    expect(await text(output)).toBe('09:05 bob: hi\n(bye)\n');
  });
});
