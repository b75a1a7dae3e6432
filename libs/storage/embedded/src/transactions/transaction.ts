import { ERROR_TABLE, errorFor, PochtaError, type ErrorCode } from '@pochta/protocol';
import type {
  AckOperation,
  AppendOperation,
  AppendResult,
  TransactionOperation,
  TransactionResult,
} from '@pochta/storage-contract';
import type { TopicCommit } from '../commit/topic-commit';
import type { Intake } from '../log/intake';
import type { TopicLog } from '../log/topic-log';
import type { Medium } from '../medium';
import { settlementOf, type StagedSettlement } from './staged-settlement';

/** Stages one part; gives the result where it appends. */
type Step = () => AppendResult | undefined;

/**
 * Several operations that are staged as one: first all of them are checked, in their order, and nothing is staged; then
 * nothing of them can be refused any more.
 *
 * Appends to one topic are checked together, and message ids that come twice are repeats. Acks are checked against what
 * is in flight before the transaction: a sequence that two parts ack is `NOT_IN_FLIGHT`, one that a part names twice is
 * acked once. Room that the transaction's own acks make in a full topic does not count for its appends.
 */
export class Transaction {
  readonly #commit: TopicCommit;
  readonly #medium: Medium;
  readonly #engine: string;
  readonly #intakes = new Map<TopicLog, Intake>();
  readonly #acked = new Map<StagedSettlement, Set<number>>();

  constructor(commit: TopicCommit, medium: Medium, engine: string) {
    this.#commit = commit;
    this.#medium = medium;
    this.#engine = engine;
  }

  /** Throws `TOPIC_UNKNOWN`, `TOPIC_FULL`, `NOT_IN_FLIGHT` or `NOT_SUPPORTED`: then nothing is staged. */
  stage(operations: readonly TransactionOperation[]): TransactionResult {
    const steps = this.#check(operations);
    try {
      return { appended: steps.map((step) => step()).filter((result) => result !== undefined) };
    } catch (cause) {
      // No `PochtaError`: something is staged, so that the whole commit must fail.
      throw new Error('a transaction failed part of the way', { cause });
    }
  }

  #check(operations: readonly TransactionOperation[]): Step[] {
    try {
      return operations.map((operation, index) =>
        'member' in operation ? this.#checkAck(operation, index) : this.#checkAppend(operation, index),
      );
    } catch (error) {
      for (const intake of this.#intakes.values()) intake.takeBack();
      throw error;
    }
  }

  #checkAppend({ topic, messages }: AppendOperation, index: number): Step {
    if (this.#commit.find(topic) === undefined) throw refusal('TOPIC_UNKNOWN', index, topic);
    const log = this.#commit.change(topic);
    let intake = this.#intakes.get(log);
    if (intake === undefined) this.#intakes.set(log, (intake = log.intake(this.#commit)));
    const selection = intake.select(messages);
    const refused = selection.refusals?.[0];
    if (refused !== undefined) throw refusal(refused.code, index, topic);
    return () => log.store(selection, this.#commit);
  }

  #checkAck({ member, sequences }: AckOperation, index: number): Step {
    const settlement = settlementOf(member);
    if (settlement === undefined || settlement.log.content.medium !== this.#medium) {
      const text = `Operation ${index}: the ${this.#engine} engine cannot ack in a group of another engine`;
      throw errorFor('NOT_SUPPORTED', text);
    }
    const { name } = settlement.log.content.record;
    const wanted = [...new Set(sequences)];
    const acked = this.#acked.get(settlement) ?? new Set();
    const again = wanted.filter((sequence) => acked.has(sequence));
    if (again.length > 0) throw refusal('NOT_IN_FLIGHT', index, name, again);
    try {
      settlement.checkAck(wanted, this.#commit);
    } catch (error) {
      if (!(error instanceof PochtaError)) throw error;
      throw refusal(error.code, index, name, error.sequences);
    }
    this.#acked.set(settlement, new Set([...acked, ...wanted]));
    return () => {
      settlement.stageAck(wanted, this.#commit);
      return undefined;
    };
  }
}

function refusal(code: ErrorCode, index: number, topic: string, sequences?: readonly number[]): PochtaError {
  return errorFor(code, `${ERROR_TABLE[code].text}: operation ${index}, topic ${topic}`, { sequences });
}
