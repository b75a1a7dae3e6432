import type { StoreTime } from '../store-time';
import type { GroupLog } from './durable/group-log';
import type { Retry } from './durable/group-record';
import type { WalkGround } from './fetch/group-walk';
import { Wait } from './in-flight/hold';
import type { InFlight } from './in-flight/in-flight';

/**
 * Takes what has failed and comes again into memory, as much at once as one fetch may look at. Until that is done,
 * nothing can be handed out: any of these messages may hold its key back.
 */
export class RetryLoading {
  readonly #time: StoreTime;
  readonly #group: GroupLog;
  readonly #ground: WalkGround;
  readonly #inFlight: InFlight;
  #left: Iterator<[sequence: number, retry: Retry]> | undefined;
  #done = false;

  constructor(time: StoreTime, group: GroupLog, ground: WalkGround, inFlight: InFlight) {
    this.#time = time;
    this.#group = group;
    this.#ground = ground;
    this.#inFlight = inFlight;
  }

  get done(): boolean {
    return this.#done;
  }

  /** Loads some; whether that was all. What cannot be read is tried again with the next call. */
  load(): boolean {
    const { position } = this.#ground;
    position.begin();
    try {
      this.#left ??= this.#group.retries[Symbol.iterator]();
      while (!this.#done && !position.spent) {
        const next = this.#left.next();
        if (next.done === true) this.#done = true;
        else this.#add(...next.value);
      }
    } catch (error) {
      this.#left = undefined;
      throw error;
    }
    return this.#done;
  }

  #add(sequence: number, { failures, due, wait }: Retry): void {
    const { batches, position } = this.#ground;
    const { unsettled } = this.#inFlight;
    const batch = unsettled.has(sequence) ? undefined : batches.read(sequence);
    if (batch === undefined) return position.passed(1);
    position.examined(batch, sequence);
    unsettled.admit(batch, sequence, sequence + 1);
    // No longer than it was to wait altogether, whatever was done to the wall clock meanwhile.
    const left = Math.min(due - this.#time.now(), wait);
    if (left > 0) this.#inFlight.wait(new Wait(sequence, failures, this.#time.elapsed() + left));
    else unsettled.giveTurn(sequence, failures);
  }
}
