import { Duplex, type DuplexOptions } from 'node:stream';

/** Bytes that are handed over at a time, as a read of a socket would give. */
const PIECE = 64 * 1024;

type Done = (error?: Error | null) => void;

/**
 * One end of a pair of sockets within this process: what is written to one is read from the other. Unlike the pair that
 * Node offers, it behaves as two ends of a TCP connection do: destroying one ends the other, each side runs in a call
 * stack of its own, and the bytes are copied, so that neither side sees what the other does to its buffers later.
 *
 * A write is done once the other end has taken it, which it does when it wants to read: so `writableLength` is what is
 * unread but for about 64 KiB.
 */
export class InMemorySocket extends Duplex {
  #other!: InMemorySocket;
  /** Of the write that is under way: what is left, and whom to tell when it is done. */
  #chunks: Uint8Array[] = [];
  #left = 0;
  #done: Done | undefined;
  /** The other end has asked for bytes since it was given some. */
  #wanted = false;
  #scheduled = false;
  /** Bytes of the writes that are done. */
  #taken = 0;
  #endSent = false;

  private constructor(options: DuplexOptions) {
    super({ ...options, readableHighWaterMark: PIECE, writableHighWaterMark: PIECE });
  }

  /** Two ends; `allowHalfOpen`, as with `net`: whether the first one goes on when the other has ended. */
  static pair({ allowHalfOpen }: { readonly allowHalfOpen: boolean }): [InMemorySocket, InMemorySocket] {
    const [here, there] = [
      new InMemorySocket({ allowHalfOpen }),
      new InMemorySocket({ allowHalfOpen: false }),
    ];
    here.#other = there;
    there.#other = here;
    return [here, there];
  }

  /** Bytes written so far, as with `net`: those that the other end has not taken are among them. */
  get bytesWritten(): number {
    return this.#taken + this.writableLength;
  }

  override _read(): void {
    this.#other.#wanted = true;
    this.#other.#schedule();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.#begin([chunk], done);
  }

  override _writev(writes: { chunk: Uint8Array }[], done: Done): void {
    this.#begin(
      writes.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: Done): void {
    process.nextTick(() => {
      this.#sendEnd();
      done();
    });
  }

  override _destroy(error: Error | null, done: Done): void {
    process.nextTick(() => this.#hangUp());
    done(error);
  }

  #begin(chunks: Uint8Array[], done: Done): void {
    if (this.#other.destroyed) return void process.nextTick(done, brokenPipe());
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.#chunks = chunks;
    this.#left = length;
    this.#done = (error) => {
      if (!error) this.#taken += length;
      done(error);
    };
    if (this.#left === 0) process.nextTick(() => this.#endWrite());
    else this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || !this.#wanted || this.#left === 0) return;
    this.#scheduled = true;
    process.nextTick(this.#handOver);
  }

  readonly #handOver = (): void => {
    this.#scheduled = false;
    if (this.destroyed || this.#left === 0) return;
    this.#wanted = false;
    this.#other.push(this.#take(Math.min(PIECE, this.#left)));
    if (this.#left === 0) this.#endWrite();
  };

  /** The next `length` bytes of the write, copied. */
  #take(length: number): Buffer {
    const piece = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length;) {
      const chunk = this.#chunks[0];
      const part = chunk.subarray(0, length - filled);
      piece.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#left -= length;
    return piece;
  }

  #endWrite(error?: Error): void {
    const done = this.#done;
    this.#done = undefined;
    this.#chunks = [];
    this.#left = 0;
    done?.(error);
  }

  #sendEnd(): void {
    if (this.#endSent) return;
    this.#endSent = true;
    if (!this.#other.destroyed) this.#other.push(null);
  }

  /** This end is gone: the other still gets the last write, then the end, and can write no more. */
  #hangUp(): void {
    if (this.#left > 0 && !this.#endSent && !this.#other.destroyed) this.#other.push(this.#take(this.#left));
    this.#endWrite();
    this.#sendEnd();
    this.#other.#endWrite(brokenPipe());
  }
}

function brokenPipe(): NodeJS.ErrnoException {
  return Object.assign(new Error('the other end is closed'), { code: 'EPIPE' });
}
