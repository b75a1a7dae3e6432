import type { Socket } from 'node:net';
import { WatchedSocket } from './watched-socket';

/** Every answer that says more than that all is well has a code. Payloads of the bench have none. */
const CODE = Buffer.from('"code":"');

/** A connection to the broker of which every answer is the same bytes, so that counting bytes counts answers. */
export class Exchange {
  #bytes = 0;

  private constructor(
    readonly watched: WatchedSocket,
    private readonly answer: string,
  ) {
    watched.onChunk((chunk) => {
      const code = chunk.indexOf(CODE);
      if (code !== -1)
        throw new Error(`the broker answered ${chunk.toString('utf8', Math.max(0, code - 100), code + 100)}`);
      this.#bytes += chunk.length;
    });
  }

  static async open(port: number, answer: string): Promise<Exchange> {
    return new Exchange(await WatchedSocket.open(port), answer);
  }

  get socket(): Socket {
    return this.watched.socket;
  }

  /** Answers so far; a part of one counts as a part. */
  get answered(): number {
    return this.#bytes / this.answer.length;
  }

  async untilAnswered(requests: number): Promise<void> {
    await this.watched.until(`the answers to ${requests} requests`, () => this.answered >= requests);
    if (this.answered !== requests) throw new Error(`${this.answered} answers to ${requests} requests`);
  }

  close(): void {
    this.watched.close();
  }
}
