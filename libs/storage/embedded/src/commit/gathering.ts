/** Most of the time that the last commit took to become durable, and ms at most, however slow the disk is. */
const SHARE = 0.5;
const LONGEST = 1;
/** What is nearly as much as was in the last commit. */
const ENOUGH = 0.75;
/** Most commits that do not wait, after others have in vain. */
const MOST_SKIPPED = 64;

/** A commit that is done, as the next one sees it. */
export interface DoneCommit {
  /** It was about so many. */
  readonly messages: number;
  /** Messages that wait behind it. */
  readonly waiting: number;
  /** ms that it took to become durable; 0 in an engine that has nothing to wait for. */
  readonly took: number;
  /** When it was told, in ms. */
  readonly now: number;
}

/**
 * When a commit begins. To make one durable takes about as long however much is in it, so it should have all of what is
 * under way: publishers that have just been told of the last one send as much again at once, if their windows are full,
 * while others already wait. Without a pause, these would be a commit, those the next one, and so on in turns, each of
 * a part of what could be in one.
 *
 * So a commit waits until there is as much as was in the last one and waited behind it, no longer than a part of what
 * that took to become durable. Where it comes to nothing, as when publishers keep to a schedule, it is tried less and
 * less often; where it helps, more and more, since with few messages it now and then seems to help by chance. What comes
 * when nothing has been confirmed lately never waits, nor does anything in an engine that has nothing to wait for.
 */
export class Gathering {
  /** Of the last commit, and waiting behind it. */
  #messages = 0;
  #behind = 0;
  #until = 0;
  /** Commits that do not wait, after one that has; and how many of them are left. */
  #skip = 0;
  #toSkip = 0;

  /** The next commit is to have as much as this one, and what waits behind it. */
  committed({ messages, waiting, took, now }: DoneCommit): void {
    this.#messages = messages;
    this.#behind = waiting;
    this.#until = this.#toSkip > 0 ? 0 : now + Math.min(LONGEST, SHARE * took);
    if (this.#toSkip > 0) this.#toSkip--;
  }

  /** Whether a commit that these messages wait for should wait for more. */
  expectsMore(waiting: number, now: number): boolean {
    return waiting < this.#messages + this.#behind && now < this.#until;
  }

  /** A commit has waited, and has these messages now: how seldom the next ones wait depends on what came. */
  learn(waiting: number): void {
    const helped = waiting - this.#behind >= ENOUGH * this.#messages;
    this.#skip = helped ? this.#skip >>> 1 : Math.min(MOST_SKIPPED, 2 * this.#skip || 1);
    this.#toSkip = this.#skip;
  }
}
