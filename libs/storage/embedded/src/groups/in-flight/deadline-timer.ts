import type { Wake } from '@pochta/storage-contract';
import { COMMIT_RETRY_DELAY } from '../../commit/commit-queue';
import type { StoreTime } from '../../store-time';
import type { Claim } from './claim';
import type { InFlight } from './in-flight';

/** What a timer has its group do. */
export interface DeadlineTimerHost {
  /** Makes it durable that messages failed: their deadline has passed. */
  writeFailure(claim: Claim): Promise<void>;
  /** Messages have waited long enough. */
  onDue(): void;
}

/** Ends the deadlines and the waits of one group when their time has come, with one wake for the next of them. */
export class DeadlineTimer {
  readonly #time: StoreTime;
  readonly #inFlight: InFlight;
  readonly #host: DeadlineTimerHost;
  #wake: { readonly at: number; readonly timer: Wake } | undefined;
  /** For failures whose commit failed: to write them again. */
  readonly #rewrites = new Set<Wake>();
  #closed = false;
  /** Failures are being written: the next ones come in a commit of their own. */
  #writing = false;

  constructor(time: StoreTime, inFlight: InFlight, host: DeadlineTimerHost) {
    this.#time = time;
    this.#inFlight = inFlight;
    this.#host = host;
  }

  /** What is in flight or waits has changed: the next time may be an earlier one. */
  arm(): void {
    const { deadlines } = this.#inFlight;
    const at = this.#writing ? deadlines.nextDue : deadlines.next();
    if (this.#closed || at === Infinity || (this.#wake !== undefined && this.#wake.at <= at)) return;
    this.#wake?.timer.cancel();
    this.#wake = { at, timer: this.#time.wake(at - this.#time.elapsed(), () => this.#onTime()) };
  }

  close(): void {
    this.#closed = true;
    this.#wake?.timer.cancel();
    for (const rewrite of this.#rewrites) rewrite.cancel();
  }

  #onTime(): void {
    this.#wake = undefined;
    const now = this.#time.elapsed();
    if (!this.#writing) this.#failOverdue(now);
    const areDue = this.#inFlight.endWaits(now);
    this.arm();
    if (areDue) this.#host.onDue();
  }

  #failOverdue(now: number): void {
    const overdue = this.#inFlight.claimOverdue(now);
    this.#writing = overdue !== undefined;
    if (overdue !== undefined) this.#fail(overdue);
  }

  /** What is claimed is nobody's until its failure is written. */
  #fail(claim: Claim): void {
    const onWritten = (): void => {
      if (this.#closed) return;
      this.#failOverdue(this.#time.elapsed());
      this.arm();
    };
    this.#host.writeFailure(claim).then(onWritten, () => {
      if (this.#closed) return;
      const rewrite = this.#time.wake(COMMIT_RETRY_DELAY, () => {
        this.#rewrites.delete(rewrite);
        this.#fail(claim);
      });
      this.#rewrites.add(rewrite);
    });
  }
}
