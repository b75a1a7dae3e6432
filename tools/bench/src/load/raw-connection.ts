import type { Socket } from 'node:net';
import type { Counter, Opening } from '../wires/wire';
import { WatchedSocket } from './watched-socket';

/** A connection that counts what it is sent. */
export class RawConnection {
  /** Messages delivered, or confirmed. */
  count = 0;
  #received: Buffer = Buffer.alloc(0);
  #open = false;

  private constructor(
    readonly watched: WatchedSocket,
    counter: Counter | undefined,
  ) {
    watched.onChunk((chunk) => {
      if (!this.#open) this.#received = Buffer.concat([this.#received, chunk]);
      else if (counter) this.count += counter(chunk);
    });
  }

  /** Resolves once all openings are answered. */
  static async open(
    port: number,
    openings: readonly Opening[],
    counter: Counter | undefined,
  ): Promise<RawConnection> {
    const connection = new RawConnection(await WatchedSocket.open(port), counter);
    for (const { send, answered } of openings) {
      connection.#received = Buffer.alloc(0);
      connection.socket.write(send);
      await connection.watched.until('the answer to an opening', () => answered(connection.#received));
    }
    connection.#open = true;
    return connection;
  }

  get socket(): Socket {
    return this.watched.socket;
  }

  /** Waits until so many have come; one more is a failure, since a run that repeats one is no result. */
  async untilExactly(expected: number, what: string): Promise<void> {
    await this.watched.until(`${expected} ${what}`, () => this.count >= expected);
    if (this.count !== expected) throw new Error(`${this.count} ${what} of ${expected}`);
  }

  close(): void {
    this.watched.close();
  }
}
