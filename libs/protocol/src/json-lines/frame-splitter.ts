import { isUtf8 } from 'node:buffer';
import type { JsonScanner } from './json-scanner';

const LF = 0x0a;
const OPEN_OBJECT = 0x7b;
const NO_BYTES = Buffer.alloc(0);
const FIRST_PIECE = 512;
/** A pending buffer that has grown beyond this is given back after its frame. */
const KEPT_PENDING = 16 * 1024;
/** Bytes that may be scanned again, for each byte that has arrived; saved up to this many whole frames. */
const RESCAN_RATIO = 2;
const RESCAN_FRAMES = 4;

export interface SplitterOptions {
  /** Never overwrite the bytes of a frame that was handed over. Default: a frame's bytes may be overwritten later. */
  readonly lastingFrames?: boolean;
}

/** Hears what a splitter finds. */
export interface SplitterEvents {
  /** A whole frame at `bytes[start, end)`; the scanner knows its fields. */
  onObject(bytes: Buffer, start: number, end: number): void;
  /** What is there is not a JSON object in UTF-8. The splitter goes on behind it. */
  onInvalid(): void;
  /** A frame is longer than the limit. Nothing more is decoded. */
  onTooLarge(): void;
}

/**
 * Finds the frames in a stream of bytes: JSON objects, with any white space or none between them.
 *
 * A frame that lies in one chunk is handed over in place. One that a chunk's end cuts is collected in one buffer,
 * which doubles up to the limit; the scanner goes on where it was, so nothing is scanned twice.
 *
 * Behind something invalid it goes on after the first newline that follows the beginning of the bad frame, even when
 * the scan has already crossed it: a frame whose closing brace is missing does not swallow the next line. What is
 * scanned again for that is limited to a multiple of what has arrived; beyond, it goes on after the first newline
 * that follows the bad byte. A peer that has never sent a newline loses the rest of what has arrived instead.
 */
export class FrameSplitter {
  #scanner!: JsonScanner;
  readonly #maxFrameBytes: number;
  readonly #events: SplitterEvents;
  #pending: Buffer = NO_BYTES;
  #used = 0;
  #sawNewline = false;
  /** Looking for the newline behind something invalid. */
  #skipping = false;
  #closed = false;
  #rescanCredit: number;

  constructor(
    maxFrameBytes: number,
    events: SplitterEvents,
    private readonly options: SplitterOptions = {},
  ) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#events = events;
    this.#rescanCredit = RESCAN_FRAMES * maxFrameBytes;
  }

  /** Bytes of a frame whose end has not arrived; 0 between frames. */
  get pendingBytes(): number {
    return this.#used;
  }

  /** `scanner` must be that of the last call while a frame is pending. */
  write(chunk: Uint8Array, scanner: JsonScanner): void {
    if (this.#closed || chunk.length === 0) return;
    this.#scanner = scanner;
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (!this.#sawNewline) this.#sawNewline = bytes.includes(LF);
    this.#rescanCredit = Math.min(
      this.#rescanCredit + RESCAN_RATIO * bytes.length,
      RESCAN_FRAMES * this.#maxFrameBytes,
    );
    let at = 0;
    if (this.#skipping) {
      at = bytes.indexOf(LF) + 1;
      if (at === 0) return;
      this.#skipping = false;
    }
    if (this.#used > 0) this.#resume(bytes);
    else this.#walk(bytes, at);
  }

  #walk(bytes: Buffer, from: number): void {
    const scanner = this.#scanner;
    const end = bytes.length;
    let at = from;
    for (;;) {
      while (at < end && isSpace(bytes[at])) at++;
      if (at === end) return;
      if (bytes[at] !== OPEN_OBJECT) {
        at = this.#resynchronise(bytes, at, at);
        if (at < 0) return;
        continue;
      }
      scanner.begin();
      const stop = scanner.scan(bytes, at + 1, Math.min(end, at + this.#maxFrameBytes), at);
      if (scanner.status === 'more') {
        if (end - at >= this.#maxFrameBytes) this.#tooLarge();
        else this.#keep(bytes, at);
        return;
      }
      if (this.#isFrame(bytes, at, stop)) {
        this.#events.onObject(bytes, at, stop);
        at = stop;
      } else {
        at = this.#resynchronise(bytes, at, stop);
        if (at < 0) return;
      }
    }
  }

  /**
   * Goes on with the frame that the last chunk cut. The chunk is appended in pieces that double, so that little more
   * than the frame is copied.
   */
  #resume(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const known = this.#used;
      const room = this.#maxFrameBytes - known;
      const piece = Math.min(chunk.length - at, Math.max(FIRST_PIECE, known), room);
      this.#append(chunk, at, at + piece);
      const stop = this.#scanner.scan(this.#pending, known, known + piece, 0);
      if (this.#scanner.status === 'more') {
        at += piece;
        if (piece === room) return this.#tooLarge();
        continue;
      }
      const pending = this.#pending;
      this.#release();
      const stopInChunk = at + stop - known;
      if (this.#isFrame(pending, 0, stop)) {
        this.#events.onObject(pending, 0, stop);
        return this.#walk(chunk, stopInChunk);
      }
      return this.#resumeAfterInvalid(pending, known, stop, chunk, at);
    }
  }

  /** The bad frame begins at `pending[0]`; `pending[known]` is the same byte as `chunk[at]`. */
  #resumeAfterInvalid(pending: Buffer, known: number, stop: number, chunk: Buffer, at: number): void {
    const newline = pending.subarray(0, known).indexOf(LF);
    if (newline >= 0 && this.#spend(stop - newline)) {
      this.#events.onInvalid();
      this.#walk(Buffer.concat([pending.subarray(newline + 1, known), chunk.subarray(at)]), 0);
      return;
    }
    const bad = at + stop - known;
    const next = this.#resynchronise(chunk, newline >= 0 ? bad : at, bad);
    if (next >= 0) this.#walk(chunk, next);
  }

  /** Where to go on behind a frame that begins at `start` and is bad at `bad`; -1 when that has not arrived. */
  #resynchronise(bytes: Buffer, start: number, bad: number): number {
    this.#events.onInvalid();
    if (!this.#sawNewline) return -1;
    let newline = bytes.indexOf(LF, start);
    if (newline >= 0 && newline < bad && !this.#spend(bad - newline)) newline = bytes.indexOf(LF, bad);
    if (newline >= 0) return newline + 1;
    this.#skipping = true;
    return -1;
  }

  #spend(bytes: number): boolean {
    if (this.#rescanCredit < bytes) return false;
    this.#rescanCredit -= bytes;
    return true;
  }

  #isFrame(bytes: Buffer, start: number, end: number): boolean {
    const { status, high } = this.#scanner;
    return status === 'done' && (!high || isUtf8(bytes.subarray(start, end)));
  }

  #keep(bytes: Buffer, start: number): void {
    this.#append(bytes, start, bytes.length);
  }

  #append(bytes: Buffer, start: number, end: number): void {
    const needed = this.#used + end - start;
    if (needed > this.#pending.length) {
      const doubled = Math.max(FIRST_PIECE, 2 ** Math.ceil(Math.log2(needed)));
      const grown = Buffer.allocUnsafeSlow(Math.min(doubled, Math.max(this.#maxFrameBytes, needed)));
      this.#pending.copy(grown, 0, 0, this.#used);
      this.#pending = grown;
    }
    bytes.copy(this.#pending, this.#used, start, end);
    this.#used = needed;
  }

  #release(): void {
    this.#used = 0;
    if (this.options.lastingFrames || this.#pending.length > KEPT_PENDING) this.#pending = NO_BYTES;
  }

  #tooLarge(): void {
    this.#closed = true;
    this.#release();
    this.#events.onTooLarge();
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
