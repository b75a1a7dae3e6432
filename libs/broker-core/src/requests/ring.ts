/** An item's place in a ring. */
export class Place<T> {
  before: Place<T> = this;
  behind: Place<T> = this;

  /** `item`: `undefined` once it has left. */
  constructor(public item: T | undefined) {}
}

/** Items in the order in which they came, each of which may leave at any time: that costs two pointers, and no hashing. */
export class Ring<T> {
  /** Begins and ends the ring, and holds no item. */
  readonly #head = new Place<T>(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Puts an item at the end; its place is what it leaves by. */
  add(item: T): Place<T> {
    const place = new Place<T>(item);
    const last = this.#head.before;
    place.before = last;
    place.behind = this.#head;
    last.behind = this.#head.before = place;
    this.#size++;
    return place;
  }

  /** Takes an item out, by its place in this ring, if it is still there. */
  leave(place: Place<T>): void {
    if (place.item === undefined) return;
    place.item = undefined;
    place.before.behind = place.behind;
    place.behind.before = place.before;
    // Or it would keep those beside it from being collected, for as long as it is not.
    place.before = place.behind = place;
    this.#size--;
  }

  /** Calls back for each place that is taken now, first come first, unless its item has left before its turn. */
  forEach(tell: (place: Place<T>) => void): void {
    if (this.#size === 0) return;
    const places: Place<T>[] = [];
    for (let place = this.#head.behind; place !== this.#head; place = place.behind) places.push(place);
    for (const place of places) if (place.item !== undefined) tell(place);
  }
}
