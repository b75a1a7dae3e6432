import { assertNever, PochtaError } from '@pochta/protocol';
import type { AppendOperation, TransactionOperation } from '@pochta/storage-contract';
import type { TopicCommit } from '../commit/topic-commit';
import type { Claim } from '../groups/in-flight/claim';
import type { Intake } from '../log/intake';
import type { TopicLog } from '../log/topic-log';
import { claimAll, refusal, undoAll } from './transaction-claims';

/** What a transaction needs of its engine. */
export interface TransactionHost {
  readonly engine: string;
  holds(topic: string): boolean;
  submit<T>(work: (commit: TopicCommit) => T): Promise<T>;
}

/** Stages one part. */
type Step = () => void;

/**
 * Does all or nothing, as one operation of a commit. What it acks is set aside at once, and in flight again when it is
 * refused. Rejects with `TOPIC_UNKNOWN`, `TOPIC_FULL`, `NOT_IN_FLIGHT` or `NOT_SUPPORTED`, and tells which part it is.
 */
export async function transact(
  host: TransactionHost,
  operations: readonly TransactionOperation[],
): Promise<void> {
  const claims = claimAll(operations, host.engine, (topic) => host.holds(topic));
  try {
    await host.submit((commit) => new Transaction(commit).stage(operations, claims));
  } catch (error) {
    undoAll(claims);
    throw error;
  }
}

/**
 * Several operations that are staged as one: first all of them are checked, in their order, and nothing is staged; then
 * nothing of them can be refused any more. Appends to one topic are checked together, and message ids that come twice
 * are repeats. Room that the transaction's own acks make in a full topic does not count for its appends.
 */
class Transaction {
  readonly #commit: TopicCommit;
  readonly #intakes = new Map<TopicLog, Intake>();

  constructor(commit: TopicCommit) {
    this.#commit = commit;
  }

  /** Throws a `PochtaError` only when nothing is staged. */
  stage(operations: readonly TransactionOperation[], claims: readonly (Claim | undefined)[]): void {
    const steps = this.#check(operations, claims);
    try {
      for (const step of steps) step();
    } catch (cause) {
      // No `PochtaError`: something is staged, so that the whole commit must fail.
      throw new Error('a transaction failed part of the way', { cause });
    }
  }

  #check(operations: readonly TransactionOperation[], claims: readonly (Claim | undefined)[]): Step[] {
    try {
      return operations.map((operation, index) => {
        switch (operation.kind) {
          case 'append':
            return this.#checkAppend(operation, index);
          case 'ack':
            return this.#checkAck(claims[index]!, index);
          default:
            return assertNever(operation);
        }
      });
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

  #checkAck(claim: Claim, index: number): Step {
    try {
      claim.check(this.#commit);
    } catch (error) {
      if (!(error instanceof PochtaError)) throw error;
      throw refusal(error.code, index, claim.dispatcher.topic, error.sequences);
    }
    return () => claim.ack(this.#commit);
  }
}
