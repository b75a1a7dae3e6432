import { errorFor } from '../errors/error-classes';
import { PochtaError } from '../errors/pochta-error';
import { ByteReader } from './byte-reader';
import type { Compression } from './compression';
import { FrameCutter, type CutterEvents } from './frame-cutter';
import { COMPRESSED, LENGTH_BYTES, MAX_PIECE } from './layout';

/** What a piece costs beside its bytes: very short ones are work, too. */
const PIECE_COST = 4 * 1024;

const TOO_LARGE = errorFor(
  'FRAME_TOO_LARGE',
  `A compressed frame must not hold more than ${MAX_PIECE} bytes`,
);
const PLAIN_END = errorFor('INVALID_FRAME', 'a frame of which a part is compressed must be so to its end');

/** Hears what an expander cannot go past. */
export interface ExpanderEvents {
  /** A frame is longer than the limit. Nothing more is expanded. */
  onTooLarge(): void;
  /** What a compressed frame holds cannot be had. Nothing more is expanded. */
  onBroken(error: PochtaError): void;
}

/**
 * Puts in the place of compressed frames what they hold, pieces of the stream of frames, for a cutter that finds the
 * frames in these. A few bytes may hold very many: at most `budget` are expanded in one go, and the rest is kept, still
 * compressed, until it is asked for.
 */
export class FrameExpander implements CutterEvents {
  readonly #outer: FrameCutter;
  #left = 0;
  /** What is to be done once it is asked for. */
  #held: (() => void)[] = [];

  /** `budget`: bytes. */
  constructor(
    maxFrameBytes: number,
    private readonly compression: Compression,
    private readonly frames: FrameCutter,
    private readonly events: ExpanderEvents,
    private readonly budget = Infinity,
  ) {
    this.#outer = new FrameCutter(maxFrameBytes, this);
  }

  /** Bytes of frames whose ends have not arrived. */
  get pendingBytes(): number {
    return this.frames.closed ? 0 : this.#outer.pendingBytes + this.frames.pendingBytes;
  }

  /** Whether some of what has come waits to be asked for. */
  get holds(): boolean {
    return this.#held.length > 0;
  }

  /** Goes on with what is held, then with the chunk, as far as the budget allows. */
  write(chunk: Buffer, from: number): void {
    this.#left = this.budget;
    const held = this.#held;
    this.#held = [];
    for (const work of held) this.#do(work);
    this.#outer.write(chunk, from);
  }

  /** @internal */
  onBody(bytes: Buffer, start: number, end: number): void {
    if (!this.#mustWait) return this.#take(bytes, start, end);
    // A copy: the chunk may be overwritten before it is asked for.
    const own = Buffer.from(bytes.subarray(start - LENGTH_BYTES, end));
    this.#do(() => this.#take(own, LENGTH_BYTES, own.length));
  }

  /** @internal */
  onTooLarge(): void {
    this.#do(() => {
      this.frames.close();
      this.events.onTooLarge();
    });
  }

  get #mustWait(): boolean {
    return this.#left <= 0 || this.#held.length > 0;
  }

  #do(work: () => void): void {
    if (this.frames.closed) return;
    if (this.#mustWait) this.#held.push(work);
    else work();
  }

  #take(bytes: Buffer, start: number, end: number): void {
    if (this.frames.closed) return;
    if (start < end && bytes[start] === COMPRESSED) this.#expand(bytes, start + 1, end);
    else this.#pass(bytes, start, end);
  }

  #pass(bytes: Buffer, start: number, end: number): void {
    if (this.frames.pendingBytes === 0) this.frames.write(bytes.subarray(0, end), start - LENGTH_BYTES);
    else this.#break(PLAIN_END);
  }

  #expand(bytes: Buffer, start: number, end: number): void {
    let piece: Buffer;
    try {
      piece = this.#pieceOf(bytes, start, end);
    } catch (error) {
      if (!(error instanceof PochtaError)) throw error;
      return this.#break(error);
    }
    this.frames.write(piece, 0);
  }

  #pieceOf(bytes: Buffer, start: number, end: number): Buffer {
    const reader = new ByteReader();
    reader.point(bytes, start, end);
    const length = reader.varint();
    if (length > MAX_PIECE) throw TOO_LARGE;
    this.#left -= length + PIECE_COST;
    return this.compression.expand(reader.rest(), length);
  }

  #break(error: PochtaError): void {
    this.frames.close();
    this.events.onBroken(error);
  }
}
