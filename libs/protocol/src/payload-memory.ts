/** Payloads that are shorter are not worth it. Rooms are multiples of this. */
const STEP = 4 * 1024;
/** The largest room that is used again. */
const LARGEST = 128 * 1024;
/** Bytes of rooms that wait to be used again. */
const MAX_FREE = 8 * 1024 * 1024;
/** What is written over payloads that are gone, where that is asked for. */
const POISON = 0xdb;

export interface PayloadMemoryOptions {
  /** Bytes that may wait to be used again; what is given back beyond is left to the collector. Default 8 MiB. */
  readonly maxFree?: number;
  /** Overwrite what is given back at once, so that whoever still reads there is found out. Default false. */
  readonly poison?: boolean;
}

/**
 * Room for the payloads that connections publish. What is given back is used again: a program that takes in hundreds of
 * megabytes a second, and leaves each of them to the garbage collector, does little else than collect.
 */
export class PayloadMemory {
  readonly #maxFree: number;
  readonly #poison: boolean;
  /** By their size, in steps. */
  readonly #rooms: Buffer[][] = Array.from({ length: LARGEST / STEP + 1 }, () => []);
  #free = 0;
  #reused = 0;

  constructor({ maxFree = MAX_FREE, poison = false }: PayloadMemoryOptions = {}) {
    this.#maxFree = maxFree;
    this.#poison = poison;
  }

  /** Bytes that wait to be used again. */
  get free(): number {
    return this.#free;
  }

  /** How often a room was used again. */
  get reused(): number {
    return this.#reused;
  }

  /** Room for so many bytes, and perhaps a few more; `undefined` where that is not worth a lease: below 4 KiB. */
  lease(size: number): Lease | undefined {
    if (size < STEP) return undefined;
    if (size > LARGEST) return new Lease(Buffer.allocUnsafeSlow(size));
    const steps = Math.ceil(size / STEP);
    const room = this.#rooms[steps].pop();
    if (room === undefined) return new Lease(Buffer.allocUnsafeSlow(steps * STEP), this);
    this.#free -= room.length;
    this.#reused++;
    return new Lease(room, this);
  }

  /** @internal Of a lease that is over. */
  giveBack(room: Buffer): void {
    if (this.#poison) room.fill(POISON);
    if (this.#free + room.length > this.#maxFree) return;
    this.#free += room.length;
    this.#rooms[room.length / STEP].push(room);
  }
}

/**
 * The right to one room of payload memory. The room is used again once all who hold it have released it, its owner
 * among them: who stores the payloads. Without an owner, or when anybody keeps the bytes, it is left to the garbage
 * collector. So to forget a release costs memory for a while, and never a payload.
 */
export class Lease {
  /** The first one is the owner's, whether there is one or not. */
  #holds = 1;
  #isOwned = false;
  #isKept = false;

  constructor(
    /** The room. After the last release it is somebody else's. */
    readonly bytes: Buffer,
    private readonly memory?: PayloadMemory,
  ) {}

  /** Makes the caller the owner, who is to release it once; `false` when it has one already. */
  own(): boolean {
    if (this.#isOwned) return false;
    this.#isOwned = true;
    return true;
  }

  /** Until the release of this hold, the bytes stay as they are. Throws when the lease is over. */
  hold(): void {
    this.check();
    this.#holds++;
  }

  /** Gives back one hold. Throws when there is none left. */
  release(): void {
    if (this.#holds === 0) throw new Error('a lease was released more often than it was held');
    if (--this.#holds === 0 && !this.#isKept) this.memory?.giveBack(this.bytes);
  }

  /** From now on somebody may read there for as long as they like: the room is never used again. Throws when it is over. */
  keep(): void {
    this.check();
    this.#isKept = true;
  }

  /** Gives back a room in which nobody has seen anything yet. */
  discard(): void {
    this.#isOwned = true;
    this.release();
  }

  /** Throws when the lease is over: the room may be somebody else's by now. */
  check(): void {
    if (this.#holds === 0 && !this.#isKept)
      throw new Error('these payloads are gone: their memory was given back');
  }
}
