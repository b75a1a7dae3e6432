/** Bytes of a frame's head that tell its size. */
const LENGTH_BYTES = 4;

/**
 * Walks length-prefixed frames, wherever chunks cut them, and looks at each frame's first `headBytes`, which follow its
 * `u32` length; the rest is skipped.
 */
export class FrameWalk {
  #cut: Buffer | undefined;
  /** Bytes of the frame under way that are still to be skipped. */
  #skip = 0;

  constructor(
    private readonly headBytes: number,
    /** `at`: behind the length, where `headBytes` are readable, unless the frame has less. */
    private readonly onFrame: (bytes: Buffer, at: number, length: number) => void,
  ) {}

  walk(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#cut !== undefined) {
      bytes = Buffer.concat([this.#cut, chunk]);
      this.#cut = undefined;
    }
    let at = Math.min(this.#skip, bytes.length);
    this.#skip -= at;
    while (at < bytes.length) {
      if (bytes.length - at < LENGTH_BYTES) break;
      const length = bytes.readUInt32LE(at);
      if (bytes.length - at < LENGTH_BYTES + Math.min(length, this.headBytes)) break;
      this.onFrame(bytes, at + LENGTH_BYTES, length);
      const end = at + LENGTH_BYTES + length;
      this.#skip = Math.max(0, end - bytes.length);
      at = Math.min(end, bytes.length);
    }
    if (at < bytes.length) this.#cut = bytes.subarray(at);
  }
}
