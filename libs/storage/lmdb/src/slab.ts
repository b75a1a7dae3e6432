/** Bytes that are kept for the commits to come. */
const KEPT = 1024 * 1024;

/**
 * Memory for the values of one commit after the other. A buffer of its own for each value would cost more than to fill
 * it; and LMDB's binding asks for the address of each.
 */
export class Slab {
  #bytes = Buffer.allocUnsafeSlow(0);
  #used = 0;

  /** Gives what was taken before anew: no commit uses it any more. */
  clear(): void {
    this.#used = 0;
  }

  /** So many bytes, with anything in them. */
  take(length: number): Buffer {
    if (length > KEPT - this.#used) return Buffer.allocUnsafeSlow(length);
    // Not made before there is something to keep.
    if (this.#bytes.length === 0) this.#bytes = Buffer.allocUnsafeSlow(KEPT);
    const start = this.#used;
    this.#used += length;
    return this.#bytes.subarray(start, this.#used);
  }
}
