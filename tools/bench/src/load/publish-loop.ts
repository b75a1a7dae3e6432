import type { Socket } from 'node:net';

/** What a publisher sends, in writes of one burst each. */
export interface Bursts {
  /** What is written, in turn: messages of one topic each, all of one length. */
  readonly bursts: readonly Buffer[];
  /** Messages of one burst. */
  readonly burst: number;
  /** Most messages that are sent and not settled. */
  readonly window: number;
  /** Messages after which the publisher stops by itself; none by default. Bursts can be cut between any two then. */
  readonly total?: number;
}

/** Publishes as fast as its window allows: begin it, and call `publish` whenever something was settled. */
export class PublishLoop {
  #count = 0;
  #turn = 0;
  #running = true;

  constructor(
    private readonly socket: Socket,
    private readonly plan: Bursts,
    private readonly settled: () => number,
  ) {
    socket.on('drain', this.publish);
  }

  /** Messages sent so far. */
  get count(): number {
    return this.#count;
  }

  readonly publish = (): void => {
    const { bursts, burst, window, total = Infinity } = this.plan;
    while (this.#running && !this.socket.writableNeedDrain) {
      const messages = Math.min(burst, total - this.#count);
      if (messages === 0 || this.#count - this.settled() + messages > window) return;
      const bytes = bursts[this.#turn++ % bursts.length];
      this.socket.write(messages === burst ? bytes : bytes.subarray(0, (bytes.length / burst) * messages));
      this.#count += messages;
    }
  };

  stop(): void {
    this.#running = false;
  }
}
