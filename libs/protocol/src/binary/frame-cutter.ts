import { Lease, type PayloadMemory } from '../payload-memory';
import { LENGTH_BYTES } from './layout';

const FIRST_PIECE = 512;
/** A frame that is no longer gets its room at once. */
const WHOLE_BELOW = 64 * 1024;

/** Hears what a cutter finds. */
export interface CutterEvents {
  /**
   * A whole frame: what follows its length, `bytes[start, end)`. With a lease, the bytes are this frame's alone; without,
   * they are the chunk's.
   */
  onBody(bytes: Buffer, start: number, end: number, lease?: Lease): void;
  /** A frame is longer than the limit. Nothing more is decoded. */
  onTooLarge(): void;
}

/**
 * Finds the frames in a stream of bytes by their lengths. A frame that lies in one chunk is handed over in place; one
 * that a chunk's end cuts is collected in a buffer of its own, which grows with what has come and not with what a length
 * promises.
 */
export class FrameCutter {
  #pending: Lease | undefined;
  #used = 0;
  /** Bytes of the pending frame; 0 while its length has not come. */
  #size = 0;
  #closed = false;

  constructor(
    private readonly maxFrameBytes: number,
    private readonly events: CutterEvents,
    private readonly memory?: PayloadMemory,
  ) {}

  /** Bytes of a frame whose end has not arrived; 0 between frames. */
  get pendingBytes(): number {
    return this.#used;
  }

  /** Whether nothing more is decoded. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Decodes nothing more. */
  close(): void {
    this.#closed = true;
    this.#release();
  }

  write(chunk: Buffer, from: number): void {
    let at = from;
    if (this.#used > 0) at = this.#resume(chunk, at);
    while (!this.#closed && at < chunk.length) {
      if (chunk.length - at < LENGTH_BYTES) return this.#append(chunk, at, chunk.length);
      const size = this.#sizeAt(chunk, at);
      if (size < 0) return;
      if (chunk.length - at < size) {
        this.#size = size;
        return this.#append(chunk, at, chunk.length);
      }
      this.events.onBody(chunk, at + LENGTH_BYTES, at + size);
      at += size;
    }
  }

  /** Goes on with the frame that the last chunk cut; returns where in the chunk it ends. */
  #resume(chunk: Buffer, from: number): number {
    let at = from;
    if (this.#size === 0) {
      at = Math.min(chunk.length, from + LENGTH_BYTES - this.#used);
      this.#append(chunk, from, at);
      if (this.#used < LENGTH_BYTES) return at;
      this.#size = this.#sizeAt(this.#pending!.bytes, 0);
      if (this.#size < 0) return at;
    }
    const end = Math.min(chunk.length, at + this.#size - this.#used);
    this.#append(chunk, at, end);
    if (this.#used < this.#size) return end;
    const frame = this.#pending!;
    const size = this.#size;
    this.#release();
    this.events.onBody(frame.bytes, LENGTH_BYTES, size, frame);
    return end;
  }

  /** Bytes of the frame that begins there, its length included; -1 when it is too large. */
  #sizeAt(bytes: Buffer, at: number): number {
    const size = LENGTH_BYTES + bytes.readUInt32LE(at);
    if (size <= this.maxFrameBytes) return size;
    this.close();
    this.events.onTooLarge();
    return -1;
  }

  #append(bytes: Buffer, start: number, end: number): void {
    const needed = this.#used + end - start;
    if (this.#pending === undefined || needed > this.#pending.bytes.length) this.#grow(needed);
    bytes.copy(this.#pending!.bytes, this.#used, start, end);
    this.#used = needed;
  }

  #grow(needed: number): void {
    const doubled = Math.max(this.#size <= WHOLE_BELOW ? this.#size : 0, FIRST_PIECE, 2 * needed);
    const size = this.#size > 0 ? Math.min(doubled, this.#size) : FIRST_PIECE;
    const grown = this.memory?.lease(size) ?? new Lease(Buffer.allocUnsafeSlow(size));
    this.#pending?.bytes.copy(grown.bytes, 0, 0, this.#used);
    this.#pending?.discard();
    this.#pending = grown;
  }

  #release(): void {
    this.#pending = undefined;
    this.#used = 0;
    this.#size = 0;
  }
}
