import type { PublishReceipt } from '@pochta/broker-core';
import type { ControlFrame, PublishOutcome, PublishRun, TransactionFrame } from '@pochta/protocol';
import type { Slot } from './answer-queue';

/** Bytes that a message which waits for its confirm costs beside its payload. */
const MESSAGE_COST = 32;
/** What a request costs whose answer is short. */
export const REQUEST_COST = 512;
/** What a request costs whose answer is a message. Its size is not known: this lets 64 wait at a time. */
export const TAKE_COST = 64 * 1024;

/** Bytes of a sequence that waits to be settled. */
const SEQUENCE_COST = 8;

/** What a request costs until it is answered: its answer, and what it holds that waits to be stored. */
export function costOf(frame: ControlFrame): number {
  switch (frame.action) {
    case 'get':
    case 'peek':
      return TAKE_COST;
    case 'ack':
    case 'nack':
    case 'terminate':
    case 'touch':
      return REQUEST_COST + SEQUENCE_COST * frame.sequences.length;
    case 'transaction':
      return frame.operations.reduce((sum, operation) => sum + operationCost(operation), REQUEST_COST);
    default:
      return REQUEST_COST;
  }
}

function operationCost(operation: TransactionFrame['operations'][number]): number {
  if (operation.action === 'ack') return SEQUENCE_COST * operation.sequences.length;
  return MESSAGE_COST + operation.message.bytes.length;
}

/** The place of an answer that is one encoding. */
export class AnswerSlot implements Slot {
  #leave: (() => void) | undefined;

  constructor(readonly cost: number) {}

  get ready(): boolean {
    return this.#leave !== undefined;
  }

  /** From now on the answer can leave; `leave` hands it to the outbox. */
  fill(leave: () => void): void {
    this.#leave = leave;
  }

  leave(): void {
    this.#leave!();
  }
}

/** The place of the confirms of one run of publishes. */
export class PublishSlot implements Slot {
  readonly cost: number;
  readonly receipts: (PublishReceipt | undefined)[];
  #pending: number;

  constructor(
    readonly run: PublishRun,
    private readonly onLeave: (slot: PublishSlot) => void,
    /** What must be true beside all being stored or refused. */
    private readonly mayLeave?: (slot: PublishSlot) => boolean,
  ) {
    this.#pending = run.batches.length;
    this.receipts = new Array<PublishReceipt | undefined>(run.batches.length).fill(undefined);
    let cost = run.count * MESSAGE_COST;
    for (const { messages } of run.batches) cost += messages.byteLength;
    this.cost = cost;
  }

  get ready(): boolean {
    return this.#pending === 0 && (this.mayLeave === undefined || this.mayLeave(this));
  }

  settle(batch: number, receipt: PublishReceipt): void {
    this.receipts[batch] = receipt;
    this.#pending--;
  }

  leave(): void {
    this.onLeave(this);
  }

  /** One entry a frame, in the order of the run; `undefined` when all are stored. */
  outcomes(): readonly PublishOutcome[] | undefined {
    const { receipts, run } = this;
    if (receipts.every((receipt) => receipt!.outcomes === undefined)) return undefined;
    const { batchOf } = run;
    if (batchOf === undefined) return receipts[0]!.outcomes;
    const next = new Array<number>(receipts.length).fill(0);
    const outcomes = new Array<PublishOutcome>(run.count);
    for (let frame = 0; frame < run.count; frame++) {
      const batch = batchOf[frame];
      outcomes[frame] = receipts[batch]!.outcomes?.[next[batch]++];
    }
    return outcomes;
  }
}
