import { numberIn, numbersKey, type RecordSpace } from '../../records/record-space';

/** Records that one commit removes. */
const SLICE = 1000;

/** Records that nobody reads any more, in a space whose keys begin with a number; removed slice by slice. */
export class RecordWaste {
  readonly #space: RecordSpace;
  readonly #numbers = new Set<number>();
  /** What is done for when the commit is. */
  #done: number[] = [];
  /** What the commit adds. */
  #added: number[] = [];

  constructor(space: RecordSpace) {
    this.#space = space;
  }

  get pending(): boolean {
    return this.#numbers.size + this.#added.length > 0;
  }

  /** The records under this number are not read any more. */
  add(number: number): void {
    this.#added.push(number);
  }

  /** Looks for all that earlier processes left. */
  findAll(isWaste: (number: number) => boolean): void {
    for (let from = 0; ;) {
      const [found] = this.#space.list(numbersKey(from, 0), undefined, 1);
      if (found === undefined) return;
      const number = numberIn(found[0], 0);
      if (isWaste(number)) this.#numbers.add(number);
      from = number + 1;
    }
  }

  /** Has the commit remove some. */
  stageSome(): void {
    let room = SLICE;
    for (const number of this.#numbers) {
      const found = this.#space.list(numbersKey(number, 0), numbersKey(number + 1, 0), room);
      for (const [key] of found) this.#space.delete(key);
      room -= found.length;
      if (room <= 0) return;
      this.#done.push(number);
    }
  }

  advance(): void {
    for (const number of this.#added) this.#numbers.add(number);
    for (const number of this.#done) this.#numbers.delete(number);
    this.rollback();
  }

  rollback(): void {
    this.#added = [];
    this.#done = [];
  }
}
