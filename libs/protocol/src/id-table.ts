import type { RequestId } from './frames';

const FIRST_SLOTS = 16;
/** So many are kept when few are taken: what is under way comes and goes. */
const KEPT_SLOTS = 1024;
/** One of so many slots is taken at most. */
const ROOM = 2;
/** One of so many is taken at least, or there are few. */
const EMPTIES = 8;
/** About 2^32 divided by the golden ratio: spreads ids that follow each other over all slots. */
const GOLDEN = 0x9e3779b1;
const PRIME = 0x01000193;
/** Peers choose ids: nobody outside can tell which of them would share a slot. */
const SEED = Math.floor(Math.random() * 2 ** 32);
const SPREAD = GOLDEN ^ (2 * Math.floor(Math.random() * 2 ** 20));

/**
 * What is under way, by its id. In a `Map` that thousands enter and leave each second, the engine chains each of the tables
 * that it goes through to the next, so that what has left stays alive until the next full collection; this keeps nothing.
 */
export class IdTable<T> {
  /** Ids and items that share an index; an id that finds its slot taken has the next one that is free. */
  #ids: (RequestId | undefined)[] = [];
  #items: (T | undefined)[] = [];
  #size = 0;
  #shift = 32;

  get size(): number {
    return this.#size;
  }

  get(id: RequestId): T | undefined {
    return this.#size === 0 ? undefined : this.#items[this.#slotOf(id)];
  }

  /** Takes the place of what has the same id. */
  set(id: RequestId, item: T): void {
    if (ROOM * this.#size >= this.#ids.length) this.#resize(Math.max(FIRST_SLOTS, 2 * this.#ids.length));
    const slot = this.#slotOf(id);
    if (this.#ids[slot] === undefined) this.#size++;
    this.#ids[slot] = id;
    this.#items[slot] = item;
  }

  delete(id: RequestId): void {
    if (this.#size === 0) return;
    const ids = this.#ids;
    const last = ids.length - 1;
    let hole = this.#slotOf(id);
    if (ids[hole] === undefined) return;
    // Those behind it move up, as far as that does not take them before their own slot.
    for (let at = (hole + 1) & last; ids[at] !== undefined; at = (at + 1) & last) {
      if (((at - this.#home(ids[at]!)) & last) < ((at - hole) & last)) continue;
      ids[hole] = ids[at];
      this.#items[hole] = this.#items[at];
      hole = at;
    }
    ids[hole] = undefined;
    this.#items[hole] = undefined;
    this.#size--;
    if (ids.length > KEPT_SLOTS && EMPTIES * this.#size < ids.length) this.#resize(ids.length / 2);
  }

  /** All items that are there now, in no order. */
  values(): T[] {
    return this.#items.filter((item) => item !== undefined);
  }

  /** Where the id is, or would be. */
  #slotOf(id: RequestId): number {
    const ids = this.#ids;
    const last = ids.length - 1;
    let slot = this.#home(id);
    while (ids[slot] !== undefined && ids[slot] !== id) slot = (slot + 1) & last;
    return slot;
  }

  #home(id: RequestId): number {
    // Of other numbers, only a part would count.
    const isWord = typeof id === 'number' && id >>> 0 === id;
    return Math.imul(isWord ? id : hashOf(String(id)), SPREAD) >>> this.#shift;
  }

  #resize(slots: number): void {
    const ids = this.#ids;
    const items = this.#items;
    this.#ids = new Array<RequestId | undefined>(slots).fill(undefined);
    this.#items = new Array<T | undefined>(slots).fill(undefined);
    this.#shift = 32 - Math.log2(slots);
    ids.forEach((id, index) => {
      if (id === undefined) return;
      const slot = this.#slotOf(id);
      this.#ids[slot] = id;
      this.#items[slot] = items[index];
    });
  }
}

function hashOf(text: string): number {
  let hash = SEED;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return hash;
}
