/** Acks that are sent and not answered yet; answers come in the order of their requests. */
export class Unanswered {
  readonly #counts: number[] = [];

  /** An ack of so many messages is sent. */
  sent(messages: number): void {
    this.#counts.push(messages);
  }

  /** The next is answered: how many messages it is of. */
  answered(): number {
    const messages = this.#counts.shift();
    if (messages === undefined) throw new Error('an ack was answered that was not sent');
    return messages;
  }
}
