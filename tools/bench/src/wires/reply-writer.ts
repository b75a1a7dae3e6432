/** Replies to the requests of one chunk: what begins each, what names its request, and what ends it. */
export class ReplyWriter {
  readonly #head: Buffer;
  readonly #tail: Buffer;
  #replies: Buffer = Buffer.alloc(0);
  #end = 0;

  constructor(head: string | Buffer, tail: string | Buffer) {
    this.#head = Buffer.from(head);
    this.#tail = Buffer.from(tail);
  }

  /** Adds a reply to the request that these bytes name; where its bytes are. */
  add(bytes: Buffer, from: number, to: number): Buffer {
    const size = this.#head.length + (to - from) + this.#tail.length;
    if (this.#end + size > this.#replies.length) this.#grow(size);
    const start = this.#end;
    this.#end += this.#head.copy(this.#replies, this.#end);
    this.#end += bytes.copy(this.#replies, this.#end, from, to);
    this.#end += this.#tail.copy(this.#replies, this.#end);
    return this.#replies.subarray(start, this.#end);
  }

  /** All that were added since the last time, if any were. The socket may keep them: the next go elsewhere. */
  take(): Buffer | undefined {
    if (this.#end === 0) return undefined;
    const replies = this.#replies.subarray(0, this.#end);
    this.#replies = this.#replies.subarray(this.#end);
    this.#end = 0;
    return replies;
  }

  #grow(size: number): void {
    const more = Buffer.allocUnsafe(Math.max(64 * 1024, 2 * (this.#end + size)));
    this.#replies.copy(more, 0, 0, this.#end);
    this.#replies = more;
  }
}
