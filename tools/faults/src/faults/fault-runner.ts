import { assertNever } from '@pochta/protocol';
import type { Actor } from '../actors/actor';
import { Member } from '../actors/member';
import type { Work } from '../actors/work';
import type { Fault, PlannedFault } from '../plan/fault-plan';
import type { BrokerFaults } from './broker-faults';

/** How many faults of each kind happened. */
export type FaultCounts = Record<Fault['type'], number>;

/** Lets the planned faults happen, each when so much of the work is done. */
export class FaultRunner {
  readonly counts: FaultCounts = { kill: 0, clock: 0, cut: 0, die: 0, pause: 0 };
  readonly #paused = new Set<Actor>();
  #stopped = false;

  constructor(
    private readonly faults: readonly PlannedFault[],
    private readonly actors: ReadonlyMap<string, Actor>,
    private readonly broker: BrokerFaults,
    private readonly work: Work,
  ) {}

  /** Resolves when all have happened, or none may happen any more. */
  async run(): Promise<void> {
    for (const { at, fault } of this.faults) {
      await this.work.until(() => this.#stopped || this.work.progress >= at);
      if (this.#stopped) return;
      this.counts[fault.type]++;
      await this.#happen(fault);
    }
  }

  /** No more faults begin, and who is paused goes on. */
  stop(): void {
    this.#stopped = true;
    this.work.check();
    this.endPauses();
  }

  endPauses(): void {
    for (const actor of this.#paused) actor.resume();
    this.#paused.clear();
  }

  async #happen(fault: Fault): Promise<void> {
    switch (fault.type) {
      case 'kill':
        return this.broker.restart(fault.offset);
      case 'clock':
        return this.broker.stepClock(fault.offset);
      case 'cut':
        return this.#actor(fault.actor)?.cut(fault.part === undefined ? 'reset' : { afterPart: fault.part });
      case 'die': {
        const actor = this.#actor(fault.actor);
        if (actor instanceof Member) actor.dieAtNextDelivery();
        return;
      }
      case 'pause':
        return this.#pause(fault.actor, fault.until);
      default:
        assertNever(fault);
    }
  }

  #pause(name: string, until: number): void {
    const actor = this.#actor(name);
    if (actor === undefined) return;
    this.#paused.add(actor);
    actor.pause();
    void this.work
      .until(() => this.#stopped || this.work.progress >= until)
      .then(() => {
        if (this.#paused.delete(actor)) actor.resume();
      });
  }

  #actor(name: string): Actor | undefined {
    const actor = this.actors.get(name);
    return actor?.finished === false ? actor : undefined;
  }
}
