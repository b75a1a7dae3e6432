import { chatLine, printable } from './chat-line';

const at = new Date(2024, 0, 31, 9, 5).getTime();

describe('a line of the chat', () => {
  it('says when, who and what', () => {
    expect(chatLine({ user: 'bob', text: 'hi there', timestamp: 1 }, at)).toBe('09:05 bob: hi there');
  });

  it('needs no timestamp, as a message typed in telnet has none', () => {
    expect(chatLine({ user: 'bob', text: 'hi' }, at)).toBe('09:05 bob: hi');
  });

  it.each([['a text'], [null], [7], [{ user: 'bob' }], [{ user: 1, text: 'x' }]])(
    'shows %j, which is no chat message, as it came',
    (value) => expect(chatLine(value, at)).toBe(`09:05 ?: ${JSON.stringify(value)}`),
  );
});

describe('what others write', () => {
  it.each([
    ['an escape sequence', '\x1b[2J'],
    ['an eight-bit escape sequence', '\x9b2J'],
    ['a bell', '\x07'],
    ['a carriage return', 'nice\rmallory: evil'],
    ['a line break', 'nice\n09:05 bob: I agree'],
    ['a line separator', 'nice\u202809:05 bob: I agree'],
    ['a backspace', 'a\b'],
    ['DEL', '\x7f'],
    ['a change of direction', '\u202Elive'],
  ])('reaches the terminal without %s', (_what, text) => {
    for (const line of [chatLine({ user: 'eve', text }, at), chatLine({ user: text, text: 'x' }, at)]) {
      expect(line).not.toMatch(/[\p{Cc}\u2028-\u202E\u2066-\u2069]/u);
      expect(line).toContain('\uFFFD');
    }
  });

  it('keeps every script and emoji', () => {
    const text = 'Ünïcödé Привет 你好 שלום 👩‍👩‍👧 🇩🇪';
    expect(printable(text)).toBe(text);
  });
});
