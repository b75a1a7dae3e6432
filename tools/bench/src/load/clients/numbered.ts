import type { Message } from './plain-client';

/** So that every number has as many digits. */
const FIRST = 1_000_000_000;

interface Numbered {
  readonly number: number;
  readonly note: string;
}

/** Makes messages whose JSON has exactly so many bytes, each with a number, which begin at `first` and ascend. */
export class NumberedMessages {
  readonly #note: string;
  #next: number;

  constructor(payloadBytes: number, first = 0) {
    this.#note = 'x'.repeat(payloadBytes - JSON.stringify({ number: FIRST, note: '' }).length);
    this.#next = FIRST + first;
  }

  next(): Message {
    return { number: this.#next++, note: this.#note } satisfies Numbered;
  }
}

/** Counts messages, and finds out when one is missing, comes again or is out of its order. */
export class NumberCheck {
  count = 0;
  /** What was wrong first. */
  problem: string | undefined;

  take(message: Message): void {
    const { number } = message as Numbered;
    if (number !== FIRST + this.count)
      this.problem ??= `message ${number - FIRST} came where ${this.count} was due`;
    this.count++;
  }
}

export function numberOf(message: Message): number {
  return (message as Numbered).number;
}
