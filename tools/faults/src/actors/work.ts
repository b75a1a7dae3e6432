import type { Published } from '../history/events';
import type { History } from '../history/history';

/**
 * Part of its messages that a paced topic may be ahead of the round: enough for it to get done although some messages
 * expire, whose settlements never come.
 */
const AHEAD = 0.25;

/** What one group has still to settle. */
class GroupWork {
  /** Of those that it is done with, whether that is certain. */
  readonly settled = new Map<string, boolean>();
  readonly open = new Set<string>();
  /** Those with a ttl, which may expire instead. */
  readonly fading = new Set<string>();
}

interface Wait {
  holds(): boolean;
  go(): void;
}

/**
 * How far a round is: what is published and has still to be settled. Tells producers to wait for groups that lag, and
 * others when so much is done.
 */
export class Work {
  #done = 0;
  #steps = 0;
  /** Publishes that were answered, by topic, of those that are paced. */
  readonly #answered = new Map<string, number>();
  /** Messages with a ttl, and the earliest broker's time at which each may have been stored. */
  readonly #fading = new Map<string, { readonly message: Published; readonly storedFrom: number }>();
  readonly #groups = new Map<string, Map<string, GroupWork>>();
  readonly #waits = new Set<Wait>();

  constructor(
    private readonly history: History,
    /** Publishes and settlements that the round's plan comes to. */
    private readonly total: number,
    /** Most messages of a topic that any of its groups may have open. */
    private readonly maxLag: number,
    /** Of topics without groups that are published to all the while: how many messages are to come. */
    private readonly paced: ReadonlyMap<string, number> = new Map(),
  ) {
    for (const { name, groups } of history.topics)
      this.#groups.set(name, new Map(groups.map((group) => [group, new GroupWork()])));
  }

  /** From 0 to 1. */
  get progress(): number {
    return this.total === 0 ? 1 : this.#done / this.total;
  }

  /** How often it got on. */
  get steps(): number {
    return this.#steps;
  }

  confirmed(message: Published, storedFrom: number): void {
    if (message.ttl !== undefined) this.#fading.set(message.id, { message, storedFrom });
    for (const work of this.#groupsOf(message.topic)) {
      if (!work.settled.has(message.id)) this.#open(work, message.id);
    }
    this.#answer(message.topic);
    this.#advance(1);
  }

  refusal(topic: string): void {
    this.#answer(topic);
    this.#advance(1 + this.#groupsOf(topic).length);
  }

  /** A group is done with a message, for certain or maybe. */
  settled(topic: string, group: string, id: string, certain: boolean): void {
    const work = this.#groups.get(topic)?.get(group);
    if (work === undefined) return;
    const known = work.settled.get(id);
    work.settled.set(id, certain || known === true);
    if (known !== undefined) return;
    work.open.delete(id);
    work.fading.delete(id);
    this.#advance(1);
  }

  /** The group was delivered the message: if it may have been done with it, it was not. */
  delivered(topic: string, group: string, id: string): void {
    const work = this.#groups.get(topic)?.get(group);
    if (work?.settled.get(id) !== false) return;
    work.settled.delete(id);
    this.#open(work, id);
    this.#done--;
  }

  /** Whether the groups of a topic, or for one that is paced all others, have caught up enough for more to be published. */
  hasRoom(topic: string): boolean {
    const planned = this.paced.get(topic);
    if (planned !== undefined && (this.#answered.get(topic) ?? 0) > planned * (this.progress + AHEAD))
      return false;
    return this.#groupsOf(topic).every(({ open }) => open.size < this.maxLag);
  }

  /** Messages that groups have still to settle, each with its group; not those that may have expired. */
  *openAt(now: number): Generator<string> {
    for (const groups of this.#groups.values()) {
      for (const [group, work] of groups) {
        for (const id of work.open) yield `${id} in ${group}`;
        for (const id of work.fading) {
          const { message, storedFrom } = this.#fading.get(id)!;
          if (!this.history.mayHaveExpired(message, storedFrom, now)) yield `${id} in ${group}`;
        }
      }
    }
  }

  /** Resolves when the condition holds, which is looked at when this changes. */
  async until(holds: () => boolean): Promise<void> {
    if (!holds()) await new Promise<void>((go) => this.#waits.add({ holds, go }));
  }

  /** Looks whether what somebody waits for holds: to be called when something else than this has changed. */
  check(): void {
    this.#advance(0);
  }

  #answer(topic: string): void {
    if (this.paced.has(topic)) this.#answered.set(topic, (this.#answered.get(topic) ?? 0) + 1);
  }

  #open(work: GroupWork, id: string): void {
    if (!this.#fading.has(id)) work.open.add(id);
    else {
      work.open.delete(id);
      work.fading.add(id);
    }
  }

  #advance(units: number): void {
    this.#done += units;
    if (units > 0) this.#steps++;
    for (const wait of this.#waits) {
      if (!wait.holds()) continue;
      this.#waits.delete(wait);
      wait.go();
    }
  }

  #groupsOf(topic: string): GroupWork[] {
    return [...(this.#groups.get(topic)?.values() ?? [])];
  }
}
