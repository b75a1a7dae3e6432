import type { Encoding } from '@pochta/broker-core';
import type { Outbox } from './outbox';
import type { PeerSocket } from './peer-socket';

/** ms between two writes to a naive client, which takes what one read gives it for one frame. */
const PACE = 10;

/** Frames that may wait before a connection gets no more pushes. */
const QUEUED_FRAMES = 8;

/** What a waiting frame costs beside its bytes. */
const FRAME_COST = 64;

/** One write a frame, at least 10 ms apart. Its order is the order of the calls. */
export class PacedOutbox implements Outbox {
  #frames: Uint8Array[] = [];
  /** Index of the next frame in `#frames`. */
  #next = 0;
  #queued = 0;
  #timer: NodeJS.Timeout | undefined;
  #ending = false;
  #lastWrite: number;

  constructor(
    private readonly socket: PeerSocket,
    /** Called after every write: the backlog has changed. */
    private readonly onFlushed: () => void,
    /** When something was last written to the socket, as of `performance.now()`. */
    lastWrite = -PACE,
  ) {
    this.#lastWrite = lastWrite;
  }

  get backlog(): number {
    return this.#queued + this.socket.writableLength;
  }

  get writable(): boolean {
    return this.#frames.length - this.#next < QUEUED_FRAMES;
  }

  answer(bytes: Uint8Array): void {
    this.push(bytes);
  }

  push(bytes: Uint8Array): void {
    this.#frames.push(bytes);
    this.#queued += bytes.length + FRAME_COST;
    this.#schedule();
  }

  pushAll({ pieces, lease }: Encoding): void {
    lease?.keep();
    for (const piece of pieces) this.push(piece);
  }

  hasten(bytes: Uint8Array): void {
    this.push(bytes);
  }

  seal(): void {
    // Nothing overtakes here.
  }

  end(): void {
    this.#ending = true;
    this.#schedule();
  }

  discard(): void {
    clearTimeout(this.#timer);
    this.#frames = [];
    this.#next = 0;
    this.#queued = 0;
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    const wait = this.#lastWrite + PACE - performance.now();
    // A timer may be a fraction of a millisecond early.
    if (wait > 0) this.#timer = setTimeout(this.#onTimer, Math.ceil(wait));
    else this.#timer = setTimeout(this.#onTimer, 0);
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined;
    if (performance.now() < this.#lastWrite + PACE) return this.#schedule();
    if (this.#next < this.#frames.length) this.#writeNext();
    if (this.#next < this.#frames.length) this.#schedule();
    else if (this.#ending && !this.socket.writableEnded) this.socket.end();
    this.onFlushed();
  };

  #writeNext(): void {
    // A frame behind an unsent one would reach the peer in the same read.
    if (this.socket.writableLength > 0) {
      this.#lastWrite = performance.now();
      return;
    }
    const frame = this.#frames[this.#next++];
    this.#queued -= frame.length + FRAME_COST;
    if (this.#next === this.#frames.length) {
      this.#frames = [];
      this.#next = 0;
    }
    if (this.socket.writable) this.socket.write(frame);
    this.#lastWrite = performance.now();
  }
}
