/** What breaks a line, commands a terminal, or turns the direction of the text. */
const COMMANDING = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

/** Text of others on one line of the log, in which nothing can pretend to be another line; escaped as in JSON. */
export function printable(text: string): string {
  return text.replace(
    COMMANDING,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
