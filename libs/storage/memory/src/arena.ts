/** Bytes of the first slab of an arena, and of the largest. */
const FIRST_SLAB = 4 * 1024;
const LARGEST_SLAB = 256 * 1024;
/** A slab is this part of what the arena has in use, so that what is wasted stays small beside it. */
const SLAB_PART = 8;
/** Bytes that are aligned to this may be read as 32-bit numbers. */
const ALIGNMENT = 4;

/**
 * Room for what one topic holds. What comes is copied, one thing behind the other, into slabs that go when all that lies in
 * them has gone: so what is held keeps no chunk of a socket alive, and costs few buffers, which are what makes garbage
 * collection expensive.
 */
export class Arena {
  #slab = new ArrayBuffer(0);
  #used = 0;

  /** A copy of the bytes. `inUse`: bytes that the topic holds. */
  copy(bytes: Uint8Array, inUse: number): Uint8Array {
    const { length } = bytes;
    const size = slabSize(inUse);
    if (length > size / 2) return Uint8Array.prototype.slice.call(bytes);
    if (this.#used + length > this.#slab.byteLength) {
      this.#slab = Buffer.allocUnsafeSlow(size).buffer;
      this.#used = 0;
    }
    const copy = new Uint8Array(this.#slab, this.#used, length);
    copy.set(bytes);
    this.#used += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    return copy;
  }

  /** A copy of the numbers. */
  copyNumbers(numbers: Uint32Array, inUse: number): Uint32Array {
    const { buffer, byteOffset, byteLength } = numbers;
    const { buffer: slab, byteOffset: at } = this.copy(new Uint8Array(buffer, byteOffset, byteLength), inUse);
    return new Uint32Array(slab, at, numbers.length);
  }
}

function slabSize(inUse: number): number {
  const part = inUse / SLAB_PART;
  return part <= FIRST_SLAB ? FIRST_SLAB : Math.min(LARGEST_SLAB, Math.ceil(part / ALIGNMENT) * ALIGNMENT);
}
