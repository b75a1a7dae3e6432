/** What commands a terminal, breaks a line, or turns the direction of the text. */
const COMMANDING = /[\p{Cc}\u2028-\u202E\u2066-\u2069]/gu;

/** Text of others on one line, in which nothing can command the terminal or pretend to be another line. */
export function printable(text: string): string {
  return text.replace(COMMANDING, '\uFFFD');
}

/**
 * JSON text on one line, with the same promise and no loss: where it may hold such characters they are escaped, and
 * between its tokens they can only be white space.
 */
export function printableJson(json: string): string {
  return json.replace(COMMANDING, (character) =>
    character === '\n' || character === '\r' || character === '\t'
      ? ' '
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
