import type { Socket } from 'node:net';

/** What a publisher sends, in writes of one burst each. */
export interface Bursts {
  /** One message as it is published, for each topic in turn; all of one length. */
  readonly frames: readonly string[];
  /** Messages of one write. */
  readonly burst: number;
  /** Most messages that are sent and not settled. */
  readonly window: number;
  /** Messages after which the publisher stops by itself; none by default. */
  readonly total?: number;
}

/** Publishes as fast as its window allows: begin it, and call `publish` whenever something was settled. */
export class PublishLoop {
  readonly #bursts: readonly Buffer[];
  readonly #frameBytes: number;
  #count = 0;
  #turn = 0;
  #running = true;

  constructor(
    private readonly socket: Socket,
    private readonly plan: Bursts,
    private readonly settled: () => number,
  ) {
    this.#bursts = plan.frames.map((frame) => Buffer.from(frame.repeat(plan.burst)));
    this.#frameBytes = Buffer.byteLength(plan.frames[0]);
    socket.on('drain', this.publish);
  }

  /** Messages sent so far. */
  get count(): number {
    return this.#count;
  }

  readonly publish = (): void => {
    const { burst, window, total = Infinity } = this.plan;
    while (this.#running && !this.socket.writableNeedDrain) {
      const messages = Math.min(burst, total - this.#count);
      if (messages === 0 || this.#count - this.settled() + messages > window) return;
      const bytes = this.#bursts[this.#turn++ % this.#bursts.length];
      this.socket.write(messages === burst ? bytes : bytes.subarray(0, messages * this.#frameBytes));
      this.#count += messages;
    }
  };

  stop(): void {
    this.#running = false;
  }
}
