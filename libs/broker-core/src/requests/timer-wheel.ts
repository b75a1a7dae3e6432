import { Ring, type Place } from './ring';

/** ms; a deadline is at most so late. */
const TICK = 10;
/** Ticks of one round: what is due later is passed over, once a round. */
const SLOTS = 1024;

/** Something that is due at a time, as of `performance.now()`. It must not change while it waits. */
export interface Due {
  readonly dueAt: number;
}

/**
 * Deadlines behind one timer, which runs while there are any: to set or take back one costs next to nothing, and as many
 * as are taken back leave nothing behind, however far ahead they were.
 */
export class TimerWheel<T extends Due> {
  readonly #slots = Array.from({ length: SLOTS }, () => new Ring<T>());
  #size = 0;
  /** The tick up to which all that was due has been told. */
  #tick = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly onDue: (item: T) => void) {}

  /** `onDue` is called once it is due, at most one tick (10 ms) later, unless it is taken back. */
  add(item: T): Place<T> {
    if (this.#timer === undefined) this.#start();
    this.#size++;
    return this.#slotOf(item).add(item);
  }

  takeBack(place: Place<T>): void {
    if (place.item === undefined) return;
    this.#size--;
    this.#slotOf(place.item).leave(place);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #slotOf({ dueAt }: T): Ring<T> {
    return this.#slots[Math.ceil(dueAt / TICK) % SLOTS];
  }

  #start(): void {
    this.#tick = Math.floor(performance.now() / TICK);
    this.#timer = setInterval(this.#onTick, TICK);
  }

  readonly #onTick = (): void => {
    if (this.#size === 0) return this.stop();
    const now = performance.now();
    const tick = Math.floor(now / TICK);
    // After more than a round each slot is looked at once.
    const from = Math.max(this.#tick + 1, tick - SLOTS + 1);
    this.#tick = tick;
    const tell = (place: Place<T>): void => {
      const item = place.item!;
      if (item.dueAt > now) return;
      this.takeBack(place);
      this.onDue(item);
    };
    for (let n = from; n <= tick; n++) this.#slots[n % SLOTS].forEach(tell);
  };
}
