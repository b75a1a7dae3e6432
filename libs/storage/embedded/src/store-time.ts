import type { Clock, Wake } from '@pochta/storage-contract';

/**
 * The time of one store, in ms since the epoch: the wall clock's, but where that is set back it goes on at the pace of
 * real time until the wall clock has caught up, across restarts as well. So ages and waits are neither stalled nor cut
 * short; but the times of messages are ahead for as long.
 */
export class StoreTime {
  readonly #clock: Clock;
  #time = 0;
  #elapsed = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins with the wall clock's time, but not before `last`, the latest time in what the store holds. */
  start(last: number): void {
    this.#time = Math.max(this.#clock.now(), last);
    this.#elapsed = this.#clock.elapsed();
  }

  now(): number {
    const elapsed = this.#clock.elapsed();
    // A whole number, as the wall clock gives it.
    const passed = Math.floor(elapsed - this.#elapsed);
    const wall = this.#clock.now();
    this.#elapsed += passed;
    return (this.#time = Math.max(wall, this.#time + passed));
  }

  /** What the wall clock calls `time`, in this store's time. */
  ofWallClock(time: number): number {
    return time + this.now() - this.#clock.now();
  }

  /** ms that go on whatever is done to the wall clock. */
  elapsed(): number {
    return this.#clock.elapsed();
  }

  wake(delay: number, callback: () => void): Wake {
    return this.#clock.wake(delay, callback);
  }
}
