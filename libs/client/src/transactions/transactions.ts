import { errorFor, type PochtaError } from '@pochta/protocol';
import type { Calls } from '../connection/calls';
import { isUncertain } from '../errors';
import { OpenTransaction, type TransactionSources } from './open-transaction';
import type { Transaction, TransactionOptions } from './transaction';

export interface TransactionsOptions extends TransactionSources {
  readonly calls: Calls;
  /** ms. */
  readonly requestTimeout: number;
  /** ms that the broker surely knows a message id for. */
  readonly resendWindow: number;
}

/**
 * Sends transactions. One of publishes alone is sent again after a lost connection, while their message ids are known. One
 * with acks is not: what came on the lost connection cannot be acked on another, so that a second try would be refused
 * whether the first was done or not.
 */
export class Transactions {
  constructor(private readonly options: TransactionsOptions) {}

  async run(
    gather: (transaction: Transaction) => void | Promise<void>,
    { timeout = this.options.requestTimeout, signal }: TransactionOptions,
  ): Promise<void> {
    const transaction = new OpenTransaction(this.options);
    try {
      this.options.intake.checkOpen();
      await gather(transaction);
      this.options.intake.checkOpen();
      checkCurrent(transaction);
    } catch (error) {
      for (const delivery of transaction.deliveries) delivery.release();
      throw error;
    } finally {
      transaction.close();
    }
    if (transaction.empty) return;
    await this.#send(transaction, timeout, signal);
  }

  #send(transaction: OpenTransaction, timeout: number, signal: AbortSignal | undefined): Promise<void> {
    const { calls, resendWindow } = this.options;
    const { deliveries } = transaction;
    const repeatable = deliveries.length === 0;
    return new Promise((resolve, reject) => {
      const onAnswer = () => {
        for (const delivery of deliveries) delivery.settled();
        resolve();
      };
      const onFailed = (error: PochtaError, written?: boolean) => {
        const outcome = written === true ? outcomeOf(error) : error;
        giveBack(transaction, outcome);
        reject(outcome);
      };
      calls.start(
        (id) => transaction.frame(id),
        { onAnswer, onFailed },
        { timeout: repeatable ? Math.min(timeout, resendWindow) : timeout, signal, repeatable },
      );
    });
  }
}

/** Throws `NOT_IN_FLIGHT`. */
function checkCurrent({ deliveries }: OpenTransaction): void {
  const lost = deliveries.filter(({ current }) => !current).map(({ sequence }) => sequence);
  if (lost.length === 0) return;
  throw errorFor('NOT_IN_FLIGHT', 'The connection that a delivery came on is gone', { sequences: lost });
}

/** A written transaction without an answer may be done. */
function outcomeOf(error: PochtaError): PochtaError {
  if (!isUncertain(error)) return error;
  return errorFor('OUTCOME_UNKNOWN', 'Whether the transaction was committed cannot be known', {
    cause: error,
  });
}

/** What was surely not acked is in its member's hands again, unless the broker has taken it back. */
function giveBack(transaction: OpenTransaction, error: PochtaError): void {
  const unknown = new Set(error.code === 'NOT_IN_FLIGHT' && transaction.oneGroup ? error.sequences : []);
  const lost = isUncertain(error) || error.code === 'ABORTED';
  for (const delivery of transaction.deliveries) {
    if (lost || unknown.has(delivery.sequence)) delivery.abandon();
    else delivery.release();
  }
}
