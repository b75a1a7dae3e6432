import type { ManualClock, PochtaServer } from '@pochta/server';
import type { DeliveryJournal } from './delivery-journal';
import { holdsWithin, nextTurn } from './until';

/** Turns without news after which nothing more is taken to happen by itself. */
const QUIET_TURNS = 8;

/** Moves a broker's time, and knows when all that follows from it has happened. */
export class TimeTravel {
  constructor(
    private readonly server: PochtaServer,
    private readonly clock: ManualClock,
    private readonly journal: DeliveryJournal,
  ) {}

  /**
   * Lets `ms` pass, in steps: what is due first is done, stored and delivered, and handlers have settled what was
   * delivered, before what is due next. One handler that takes longer than `patience` ms is not waited for again.
   */
  async advance(ms: number, patience: number): Promise<void> {
    const { inFlight } = this.server.broker;
    let slow = 0;
    const settle = async (): Promise<void> => {
      await this.quiet(patience);
      if (!(await holdsWithin(patience, () => inFlight.count <= slow))) slow = inFlight.count;
      await this.quiet(patience);
    };
    await settle();
    let left = ms;
    for (let next = this.clock.untilNext; next <= left; next = this.clock.untilNext) {
      left -= next;
      if (await this.#wakes(next)) await settle();
    }
    this.clock.advance(left);
  }

  /** Lets `ms` pass; whether anything came of it. Much that wakes only looks at the clock: a day has 3,000 such steps. */
  async #wakes(ms: number): Promise<boolean> {
    const before = this.#state();
    this.clock.advance(ms);
    await this.#storeIdle();
    return this.#state() !== before;
  }

  /** Resolves when the broker, and clients in this process, do nothing more by themselves, or after `patience` ms. */
  async quiet(patience: number): Promise<void> {
    await holdsWithin(patience, async () => !(await this.#moves()));
  }

  /** Looks for a while whether anything happens; by then all that was being stored is. */
  async #moves(): Promise<boolean> {
    const before = this.#state();
    for (let time = 0; time < 2; time++) {
      await this.#storeIdle();
      for (let turn = 0; turn < QUIET_TURNS; turn++) await nextTurn();
    }
    return this.#state() !== before;
  }

  /** Each operation comes behind the commit that is under way: this one changes nothing. */
  async #storeIdle(): Promise<void> {
    const { store } = this.server.broker;
    const known = [...store.topics()].map((topic) => store.createTopic(topic, store.describe(topic)!.policy));
    await Promise.allSettled(known);
  }

  #state(): string {
    const { store } = this.server.broker;
    const topics = [...store.topics()].map((topic) => [store.describe(topic), store.groups(topic)]);
    return JSON.stringify([topics, this.journal.length, this.clock.waiting, this.clock.untilNext]);
  }
}
