/** The configuration has mistakes: all of them, one line each, in words that a person can act on. */
export class InvalidConfiguration extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.name = 'InvalidConfiguration';
  }
}
