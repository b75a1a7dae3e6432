import { printable, printableJson } from './printable';

const COMMANDS = ['\x1b[2J', '\x9b2J', '\x07', '\u202Etxt', '\u2028next line', '\x7f'];

it.each(COMMANDS)('%j of others cannot command the terminal', (text) => {
  expect(printable(text)).not.toMatch(/[\p{Cc}\u2028-\u202E]/u);
});

it.each(COMMANDS)('%j in JSON is escaped, and nothing of it is lost', (text) => {
  const line = printableJson(`{"text":"${text.replace('\x1b', '\\u001b').replace('\x07', '\\u0007')}"}`);
  expect(line).not.toMatch(/[\p{Cc}\u2028-\u202E]/u);
  expect(JSON.parse(line)).toEqual({ text });
});

it('white space between the tokens of JSON stays white space, on one line', () => {
  expect(printableJson('{\n\t"a": 1.50\r\n}')).toBe('{  "a": 1.50  }');
});
