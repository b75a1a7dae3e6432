/** How much may be done in one go, so that others have their turn. */
export class Budget {
  #messages: number;
  #bytes: number;

  constructor(messages: number, bytes: number) {
    this.#messages = messages;
    this.#bytes = bytes;
  }

  get spent(): boolean {
    return this.#messages <= 0 || this.#bytes <= 0;
  }

  spend(messages: number, bytes: number): void {
    this.#messages -= messages;
    this.#bytes -= bytes;
  }
}
