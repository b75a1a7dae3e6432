const INITIAL_CAPACITY = 256;

/** A ring of message ids in the order they came: 12 bytes each. Positions count all ids that ever came. */
export class MessageIdQueue {
  /** Marks a place whose id has come again later. */
  static readonly VOID = 0xffffffff;

  #stems = new Uint32Array(INITIAL_CAPACITY);
  #counters = new Float64Array(INITIAL_CAPACITY);
  #start: number;
  #end: number;

  constructor(start: number) {
    this.#start = start;
    this.#end = start;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  push(stem: number, counter: number): void {
    if (this.#end - this.#start === this.#stems.length) this.#grow();
    const place = this.#end++ % this.#stems.length;
    this.#stems[place] = stem;
    this.#counters[place] = counter;
  }

  stem(position: number): number {
    return this.#stems[position % this.#stems.length];
  }

  counter(position: number): number {
    return this.#counters[position % this.#stems.length];
  }

  makeVoid(position: number): void {
    this.#stems[position % this.#stems.length] = MessageIdQueue.VOID;
  }

  /** Forgets all before `position`. */
  dropBefore(position: number): void {
    this.#start = position;
  }

  /** Forgets `position` and all behind it. */
  dropFrom(position: number): void {
    this.#end = position;
  }

  #grow(): void {
    const stems = new Uint32Array(this.#stems.length * 2);
    const counters = new Float64Array(stems.length);
    for (let position = this.#start; position < this.#end; position++) {
      stems[position % stems.length] = this.stem(position);
      counters[position % stems.length] = this.counter(position);
    }
    this.#stems = stems;
    this.#counters = counters;
  }
}
