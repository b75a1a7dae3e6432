import { errorFor, type StoredBatch, type TopicPolicy } from '@pochta/protocol';
import type { TopicInfo } from '@pochta/storage-contract';
import type { Medium, MediumChanges, TopicRecord } from '../medium';
import { RecordSpace, SPACE } from '../records/record-space';
import { SequenceMarks } from '../records/sequence-marks';
import type { TopicState } from './topic-state';

/**
 * What one topic's log holds, as committed and as staged: its definition, its numbers, its batches, and the records that
 * say what is missing and where to find what. Operations stage; `advance` makes that what everybody sees, `rollback`
 * drops it.
 */
export class LogContent {
  readonly medium: Medium;
  /** Why each sequence behind the first one is gone that is. */
  readonly holes: SequenceMarks;
  /** Batches that hold messages of a priority above 0. */
  readonly levels: RecordSpace;
  /** In a compacted topic: the last sequence of each key. */
  readonly keys: RecordSpace;
  readonly delayed: RecordSpace;
  readonly expiry: RecordSpace;
  readonly #spaces: readonly RecordSpace[];
  readonly #holeRecords: RecordSpace;
  /** Batches of this commit, which the medium cannot give yet. */
  #fresh: StoredBatch[] = [];
  #record: TopicRecord;
  #state: TopicState;

  /** As staged. */
  record: TopicRecord;
  /** As staged. */
  staged: TopicState;

  constructor(medium: Medium, record: TopicRecord, state: TopicState) {
    this.medium = medium;
    this.#record = this.record = record;
    this.#state = this.staged = state;
    const generation = (): number => this.staged.generation;
    const committed = (): number => this.#state.generation;
    const space = (which: number): RecordSpace =>
      new RecordSpace(medium, record, which, generation, committed);
    this.#holeRecords = space(SPACE.holes);
    this.holes = new SequenceMarks(this.#holeRecords);
    this.levels = space(SPACE.levels);
    this.keys = space(SPACE.keys);
    this.delayed = space(SPACE.delayed);
    this.expiry = space(SPACE.expiry);
    this.#spaces = [this.#holeRecords, this.levels, this.keys, this.delayed, this.expiry];
  }

  /** As committed. */
  get state(): TopicState {
    return this.#state;
  }

  /** As committed. */
  get policy(): TopicPolicy {
    return this.#record.policy;
  }

  /** As committed. */
  info(): TopicInfo {
    return describe(this.#record, this.#state);
  }

  /** As staged. */
  stagedInfo(): TopicInfo {
    return describe(this.record, this.staged);
  }

  change(numbers: Partial<TopicState>): void {
    this.staged = { ...this.staged, ...numbers };
  }

  /** The batch that holds, or held, a sequence: staged or committed. Its payloads stay as they are, even once it is removed. */
  read(sequence: number): StoredBatch | undefined {
    const batch = this.#find(sequence);
    batch?.messages.lease?.keep();
    return batch;
  }

  /** Throws `STORAGE_FAILED` when the batch is not there. */
  readHeld(sequence: number): StoredBatch {
    const batch = this.look(sequence);
    batch.messages.lease?.keep();
    return batch;
  }

  /**
   * As `readHeld`, for who asks for numbers and attributes only: payloads may be gone as soon as the batch is removed.
   * Throws `STORAGE_FAILED`.
   */
  look(sequence: number): StoredBatch {
    const batch = this.#find(sequence);
    if (batch !== undefined) return batch;
    throw errorFor('STORAGE_FAILED', `Message ${sequence} of topic ${this.record.name} cannot be read`);
  }

  append(batch: StoredBatch, changes: MediumChanges): void {
    this.#fresh.push(batch);
    changes.append(this.record, batch);
  }

  /** Drops all batches and records; the staged generation is a new one already. */
  clear(through: number, changes: MediumChanges): void {
    this.holes.rollback();
    this.#dropStaged();
    changes.clear(this.record, through, this.staged.generation);
  }

  seal(changes: MediumChanges): void {
    if (this.staged !== this.#state) changes.putState(this.record, this.staged);
    this.holes.seal();
    for (const space of this.#spaces) space.seal(changes);
  }

  advance(): void {
    this.#record = this.record;
    this.#state = this.staged;
    this.holes.advance();
    this.#dropStaged();
  }

  rollback(): void {
    this.record = this.#record;
    this.staged = this.#state;
    this.holes.rollback();
    this.#dropStaged();
  }

  #find(sequence: number): StoredBatch | undefined {
    if (this.#fresh.length === 0 || sequence < this.#fresh[0].firstSequence) {
      return this.medium.read(this.#record, sequence);
    }
    return this.#fresh.findLast((batch) => batch.firstSequence <= sequence);
  }

  #dropStaged(): void {
    this.#fresh = [];
    for (const space of this.#spaces) space.dropStaged();
  }
}

function describe({ name, policy, epoch }: TopicRecord, state: TopicState): TopicInfo {
  const { firstSequence, nextSequence, messages, bytes, delayed, delayedBytes, groups } = state;
  return { name, policy, epoch, firstSequence, nextSequence, messages, bytes, delayed, delayedBytes, groups };
}
