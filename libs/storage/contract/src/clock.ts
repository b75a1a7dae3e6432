/** Time, as a store uses it. Tests turn their own. */
export interface Clock {
  /** The wall clock, in ms since the epoch: it may be set back and forth. */
  now(): number;
  /** ms that go on at the pace of real time, whatever is done to the wall clock. */
  elapsed(): number;
  /** Calls back once, when `delay` ms have elapsed. Does not keep the process running. */
  wake(delay: number, callback: () => void): Wake;
}

export interface Wake {
  cancel(): void;
}

/** The longest wait that a timer of Node's can hold. */
const LONGEST = 2 ** 31 - 1;

export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  elapsed: () => performance.now(),
  wake(delay, callback) {
    // One that is longer comes too early, which whoever waits finds out.
    const timer = setTimeout(callback, Math.min(Math.max(0, Math.ceil(delay)), LONGEST));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
