import type { GroupMembership } from './group-membership';
import type { ShareTurns } from './share-turns';

export interface GroupHubContext {
  /** Messages that one fetch may give. */
  readonly pageMessages: number;
  /** Whether nothing is handed out any more. */
  readonly closing: () => boolean;
  /** When it is this group's turn to share out. */
  readonly turns: ShareTurns;
  readonly onUnused: () => void;
}

/**
 * Shares the messages of one group out among its members on this broker. A member takes part while it has credit and
 * its outlet takes pushes; others are passed over, and what they would have got goes to those. Members that take part
 * get equal shares, in turns.
 */
export class GroupHub {
  /** Those that have waited longest for messages come first. */
  readonly #members = new Set<GroupMembership>();
  /** How often it was told that there is something to fetch. */
  #told = 1;
  /** The same, when a fetch last gave nothing. */
  #dryAt = 0;
  #due = false;
  #dueNextTurn = false;

  constructor(private readonly context: GroupHubContext) {}

  get closing(): boolean {
    return this.context.closing();
  }

  /** How often it was told that there is something to fetch; for `onDry`. */
  get told(): number {
    return this.#told;
  }

  /** Whether there may be something to fetch. */
  get mayGive(): boolean {
    return this.#told !== this.#dryAt;
  }

  enter(member: GroupMembership): void {
    this.#members.add(member);
  }

  leave(member: GroupMembership): void {
    if (this.#members.delete(member) && this.#members.size === 0) this.context.onUnused();
  }

  onTopicDeleted(): void {
    for (const member of this.#members) member.onTopicDeleted();
  }

  /** The topic was deleted and exists again. */
  onTopicCreated(): void {
    for (const member of [...this.#members]) member.onTopicCreated();
  }

  /** There may be something to fetch. */
  onReady(): void {
    this.#told++;
    this.schedule();
  }

  /** The member has got messages: the next ones are others' turn. */
  onServed(member: GroupMembership): void {
    if (!this.#members.delete(member)) return;
    this.#members.add(member);
    this.scheduleNextTurn();
  }

  /** A fetch gave nothing that began when it was told so often. */
  onDry(told: number): void {
    this.#dryAt = told;
  }

  /** Shares out what there is, once all that this turn has settled or committed is known. */
  schedule(): void {
    if (this.#due) return;
    this.#due = true;
    this.context.turns.add(this.#share);
  }

  /** As `schedule`, in the next turn: for what goes on, so that a group with much to hand out holds up nobody. */
  scheduleNextTurn(): void {
    if (this.#dueNextTurn) return;
    this.#dueNextTurn = true;
    setImmediate(this.#shareNextTurn);
  }

  readonly #shareNextTurn = (): void => {
    this.#dueNextTurn = false;
    this.schedule();
  };

  readonly #share = (): void => {
    this.#due = false;
    let ready = 0;
    for (const member of this.#members) {
      member.recount();
      ready = Math.max(ready, member.ready);
    }
    if (this.closing) return;
    if (!this.mayGive) return this.#handCreditOn();
    const takers = [...this.#members].filter((member) => member.wantsMore());
    // Only a fetch that gives nothing says that there is nothing.
    let left = Math.max(1, ready);
    const share = Math.ceil(left / takers.length);
    for (const member of takers) {
      if (left <= 0) return;
      const count = Math.min(share, left, member.credit.left, this.context.pageMessages);
      left -= count;
      void member.fetch(count);
    }
  };

  /** There is nothing here: parts of the same subscriptions in other topics may use their credit. */
  #handCreditOn(): void {
    for (const member of this.#members) member.credit.wake();
  }
}
