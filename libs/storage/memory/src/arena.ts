/** Bytes of the first slab of an arena, and of the largest. */
const FIRST_SLAB = 4 * 1024;
const LARGEST_SLAB = 256 * 1024;
/** A slab is this part of what the topic holds, so that what is wasted stays small beside it. */
const SLAB_PART = 8;
/** Bytes that are aligned to this may be read as 32-bit numbers. */
const ALIGNMENT = 4;

/** Slabs may cost so many times what lies in them, and a little more, before what lies in sparse ones is to move. */
const MAX_SPARSENESS = 4;
const LITTLE = 8 * FIRST_SLAB;

/**
 * Room for what one topic holds. What comes is copied, one thing behind the other, into slabs that go when all that lies in
 * them has gone: so what is held keeps no chunk of a socket alive, and costs few buffers, which are what makes garbage
 * collection expensive. What stays longest must not keep slabs alive in which nothing else is left: it is to be moved.
 */
export class Arena {
  #slab = new ArrayBuffer(0);
  #used = 0;
  /** Bytes in use of each slab. */
  readonly #slabs = new Map<ArrayBufferLike, number>();
  /** Bytes of all slabs. */
  #size = 0;
  /** Bytes in use of all slabs. */
  #inUse = 0;

  /** Whether slabs cost much more than what lies in them: then what `isSparse` is to be copied anew and released. */
  get isWasteful(): boolean {
    return this.#size - this.#slab.byteLength > MAX_SPARSENESS * this.#inUse + LITTLE;
  }

  /** A copy of the bytes, which is to be released. `held`: bytes that the topic holds. */
  copy(bytes: Uint8Array, held: number): Uint8Array {
    const { length } = bytes;
    const size = slabSize(held);
    if (length > size / 2) return Uint8Array.prototype.slice.call(bytes);
    if (this.#used + length > this.#slab.byteLength) this.#begin(Buffer.allocUnsafeSlow(size).buffer);
    const copy = new Uint8Array(this.#slab, this.#used, length);
    copy.set(bytes);
    this.#used += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    this.#inUse += length;
    this.#slabs.set(this.#slab, this.#slabs.get(this.#slab)! + length);
    return copy;
  }

  /** A copy of the numbers, which is to be released. */
  copyNumbers(numbers: Uint32Array, held: number): Uint32Array {
    const { buffer, byteOffset, byteLength } = numbers;
    const { buffer: slab, byteOffset: at } = this.copy(new Uint8Array(buffer, byteOffset, byteLength), held);
    return new Uint32Array(slab, at, numbers.length);
  }

  /** What was copied is not held any more; what was not copied here does not matter. */
  release({ buffer, byteLength }: Uint8Array | Uint32Array): void {
    const before = this.#slabs.get(buffer);
    if (before === undefined) return;
    const left = before - byteLength;
    this.#inUse -= byteLength;
    this.#slabs.set(buffer, left);
    if (left > 0) return;
    // What is at hand for the next copies stays while it is small. It is not filled anew: others may still read there.
    if (buffer !== this.#slab) this.#forget(buffer);
    else if (buffer.byteLength > FIRST_SLAB) this.retire();
  }

  /** Nothing more is copied into the last slab. */
  retire(): void {
    const slab = this.#slab;
    this.#slab = new ArrayBuffer(0);
    this.#used = 0;
    if (this.#slabs.get(slab) === 0) this.#forget(slab);
  }

  /** Whether less than half of its slab is in use. */
  isSparse({ buffer }: Uint8Array | Uint32Array): boolean {
    const inUse = this.#slabs.get(buffer);
    return inUse !== undefined && buffer !== this.#slab && 2 * inUse < buffer.byteLength;
  }

  #begin(slab: ArrayBuffer): void {
    this.retire();
    this.#slab = slab;
    this.#slabs.set(slab, 0);
    this.#size += slab.byteLength;
  }

  #forget(slab: ArrayBufferLike): void {
    if (this.#slabs.delete(slab)) this.#size -= slab.byteLength;
  }
}

function slabSize(held: number): number {
  const part = held / SLAB_PART;
  return part <= FIRST_SLAB ? FIRST_SLAB : Math.min(LARGEST_SLAB, Math.ceil(part / ALIGNMENT) * ALIGNMENT);
}
