import type { CodecName } from '../wire/codecs';
import type { Random } from './random';

/** What the actors of a round speak: all the same, or some of them the one and some the other. */
export type CodecChoice = CodecName | 'mixed';

const OTHER = { 'json-lines': 'binary', binary: 'json-lines' } as const;

/** Hands codecs out: where they are mixed, in turns, so that each round has some of each; the seed says who begins. */
export class CodecTurns {
  #next: CodecName;

  constructor(
    private readonly choice: CodecChoice,
    random: Random,
  ) {
    this.#next = choice === 'mixed' ? random.pick(['json-lines', 'binary']) : choice;
  }

  next(): CodecName {
    const codec = this.#next;
    if (this.choice === 'mixed') this.#next = OTHER[codec];
    return codec;
  }
}
