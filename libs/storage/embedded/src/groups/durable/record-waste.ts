import { numberIn, numbersKey, type RecordSpace } from '../../records/record-space';

/** Records that one commit removes, beside what it is for. */
const SLICE = 1000;

/** Records of groups that are gone, in spaces whose keys begin with the group's number; removed slice by slice. */
export class RecordWaste {
  readonly #spaces: readonly RecordSpace[];
  readonly #numbers = new Set<number>();
  /** What is done for when the commit is. */
  #done: number[] = [];
  /** What the commit adds. */
  #added: number[] = [];

  constructor(spaces: readonly RecordSpace[]) {
    this.#spaces = spaces;
  }

  get pending(): boolean {
    return this.#numbers.size + this.#added.length > 0;
  }

  /** The group of this number is deleted. */
  add(number: number): void {
    this.#added.push(number);
  }

  /** Looks for all that earlier processes left. */
  findAll(isWaste: (number: number) => boolean): void {
    for (const space of this.#spaces) {
      for (let from = 0; ;) {
        const [found] = space.list(numbersKey(from, 0), undefined, 1);
        if (found === undefined) break;
        const number = numberIn(found[0], 0);
        if (isWaste(number)) this.#numbers.add(number);
        from = number + 1;
      }
    }
  }

  /** Has the commit remove some. */
  stageSome(): void {
    let room = SLICE;
    for (const number of [...this.#numbers, ...this.#added]) {
      for (const space of this.#spaces) {
        const found = space.list(numbersKey(number, 0), numbersKey(number + 1, 0), room);
        for (const [key] of found) space.delete(key);
        room -= found.length;
        if (room <= 0) return;
      }
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
