import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A wait that takes longer is a fault of the program under test, or of the bench. */
const PATIENCE_MS = 60_000;

/** A connection whose end, unless `close` asked for it, is the run's failure. */
export class WatchedSocket {
  readonly #listeners = new Set<() => void>();
  #reject!: (reason: Error) => void;
  /** Never resolves. */
  readonly #failed = new Promise<never>((_, reject) => (this.#reject = reject));

  private constructor(readonly socket: Socket) {
    this.#failed.catch(() => undefined);
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the program under test closed a connection')));
  }

  static async open(port: number): Promise<WatchedSocket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new WatchedSocket(socket);
  }

  /** Has `take` called with each chunk, and those who wait look again after it. */
  onChunk(take: (chunk: Buffer) => void): void {
    this.socket.on('data', (chunk) => {
      try {
        take(chunk);
      } catch (error) {
        this.fail(error as Error);
        this.close();
        return;
      }
      for (const listener of this.#listeners) listener();
    });
  }

  /** Calls the listener after each chunk. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Ends the run with this reason. */
  fail(reason: Error): void {
    this.#reject(reason);
  }

  /** Waits until a chunk makes the condition true; fails with the connection, or after a minute. */
  async until(what: string, condition: () => boolean): Promise<void> {
    let check: () => void = () => undefined;
    let timer: NodeJS.Timeout | undefined;
    const met = new Promise<void>((resolve, reject) => {
      check = () => condition() && resolve();
      timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), PATIENCE_MS);
    });
    this.#listeners.add(check);
    check();
    try {
      await Promise.race([met, this.#failed]);
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(check);
    }
  }

  /** Lets the time pass; fails with the connection. */
  async pass(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([passed, this.#failed]).finally(() => clearTimeout(timer));
  }

  close(): void {
    this.socket.removeAllListeners('close').destroy();
  }
}
