import type { Medium, MediumChanges, TopicRecord } from '../medium';

/** What a topic's records are for: the byte behind the generation in their keys. Never change a number. */
export const SPACE = {
  /** Chunk: which sequences behind the first one are gone, and why. */
  holes: 1,
  /** Priority, first sequence of a batch that holds messages of it. */
  levels: 2,
  /** Key: sequence of the last message that has it, in a compacted topic. */
  keys: 3,
  /** Due time, number: a message that waits until it is due. */
  delayed: 4,
  /** Time, first sequence of a batch of which messages expire then. */
  expiry: 5,
  /** Group's number: the group. */
  groups: 16,
  /** Group's number, chunk: which sequences above its ack floor are acked. */
  acked: 17,
  /** Group's number, sequence: a message that failed, and comes again. */
  retries: 18,
} as const;

/** The generation of records that a purge does not touch. */
export const LASTING = 0xffff_ffff;

/** Stays empty: most spaces of most topics have nothing staged, and need no map of their own. */
const NONE = new Map<string, Buffer | undefined>();

/**
 * Records of one kind of one topic, sorted bytewise by their keys. What is put and deleted can be read at once by
 * `get`, becomes the medium's with `seal`, and can be taken back until then.
 */
export class RecordSpace {
  readonly #medium: Medium;
  readonly #topic: TopicRecord;
  readonly #space: number;
  readonly #generation: () => number;
  readonly #committedGeneration: () => number;
  /** By full key; `undefined` where the record is deleted. */
  #staged = NONE;

  /**
   * `generation`: the topic's, as staged; a purge begins the next one, and records of earlier ones are gone. By default,
   * no purge touches the records. `committedGeneration`: the same, as committed.
   */
  constructor(
    medium: Medium,
    topic: TopicRecord,
    space: number,
    generation: () => number = () => LASTING,
    committedGeneration: () => number = generation,
  ) {
    this.#medium = medium;
    this.#topic = topic;
    this.#space = space;
    this.#generation = generation;
    this.#committedGeneration = committedGeneration;
  }

  /** As staged. */
  get(key: Buffer): Buffer | undefined {
    const full = this.#full(key);
    if (this.#staged.size > 0) {
      const name = full.toString('latin1');
      if (this.#staged.has(name)) return this.#staged.get(name);
    }
    return this.#medium.record(this.#topic, full);
  }

  /** As committed. */
  committed(key: Buffer): Buffer | undefined {
    return this.#medium.record(this.#topic, this.#full(key, this.#committedGeneration()));
  }

  put(key: Buffer, value: Buffer): void {
    this.#stage(key, value);
  }

  delete(key: Buffer): void {
    this.#stage(key, undefined);
  }

  /** Committed records, of the staged generation, with keys from `from` up to, but without, `to`; at most `limit`. */
  list(from: Buffer, to: Buffer | undefined, limit?: number): [key: Buffer, value: Buffer][] {
    const end = to === undefined ? this.#end() : this.#full(to);
    const found = this.#medium.records(this.#topic, this.#full(from), end, limit);
    return found.map(([key, value]) => [key.subarray(5), value]);
  }

  /** `list`, of the committed generation. */
  listCommitted(from: Buffer, to: Buffer, limit?: number): [key: Buffer, value: Buffer][] {
    const generation = this.#committedGeneration();
    const [start, end] = [this.#full(from, generation), this.#full(to, generation)];
    const found = this.#medium.records(this.#topic, start, end, limit);
    return found.map(([key, value]) => [key.subarray(5), value]);
  }

  /** The first key from `from` up to, but without, `to`; as staged. */
  next(from: Buffer, to: Buffer): Buffer | undefined {
    const [start, end] = [this.#full(from), this.#full(to)];
    const found = this.#nextStaged(start, end);
    for (let at = start, limit = 1; ; limit *= 2) {
      const committed = this.#medium.records(this.#topic, at, end, limit);
      const held = committed.find(([key]) => !this.#isDeleted(key))?.[0];
      if (held !== undefined || committed.length < limit) {
        const first = held !== undefined && (found === undefined || held.compare(found) < 0) ? held : found;
        return first?.subarray(5);
      }
      at = Buffer.concat([committed.at(-1)![0], Buffer.alloc(1)]);
    }
  }

  /** Gives what was staged to the commit. */
  seal(changes: MediumChanges): void {
    for (const [name, value] of this.#staged) {
      changes.putRecord(this.#topic, Buffer.from(name, 'latin1'), value, this.#space === SPACE.delayed);
    }
  }

  /** The commit is done, or did not happen: nothing is staged any more. */
  dropStaged(): void {
    this.#staged = NONE;
  }

  #stage(key: Buffer, value: Buffer | undefined): void {
    if (this.#staged === NONE) this.#staged = new Map();
    this.#staged.set(this.#full(key).toString('latin1'), value);
  }

  #nextStaged(start: Buffer, end: Buffer): Buffer | undefined {
    const [low, high] = [start.toString('latin1'), end.toString('latin1')];
    let first: string | undefined;
    for (const [name, value] of this.#staged) {
      if (value === undefined || name < low || name >= high) continue;
      if (first === undefined || name < first) first = name;
    }
    return first === undefined ? undefined : Buffer.from(first, 'latin1');
  }

  #isDeleted(key: Buffer): boolean {
    if (this.#staged.size === 0) return false;
    const name = key.toString('latin1');
    return this.#staged.has(name) && this.#staged.get(name) === undefined;
  }

  #full(key: Buffer, generation = this.#generation()): Buffer {
    const full = Buffer.allocUnsafe(5 + key.length);
    full.writeUInt32BE(generation, 0);
    full[4] = this.#space;
    full.set(key, 5);
    return full;
  }

  #end(): Buffer {
    const end = Buffer.allocUnsafe(5);
    end.writeUInt32BE(this.#generation(), 0);
    end[4] = this.#space + 1;
    return end;
  }
}

/** Numbers as the parts of a key, each of 8 bytes, so that keys sort as the numbers do. */
export function numbersKey(...numbers: readonly number[]): Buffer {
  const key = Buffer.allocUnsafe(numbers.length * 8);
  numbers.forEach((number, index) => {
    key.writeUInt32BE(Math.floor(number / 2 ** 32), index * 8);
    key.writeUInt32BE(number % 2 ** 32, index * 8 + 4);
  });
  return key;
}

/** The number that `numbersKey` put at `index`. */
export function numberIn(key: Buffer, index: number): number {
  return key.readUInt32BE(index * 8) * 2 ** 32 + key.readUInt32BE(index * 8 + 4);
}
