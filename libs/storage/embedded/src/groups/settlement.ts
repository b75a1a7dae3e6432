import { errorFor, lastSequence, type PochtaError } from '@pochta/protocol';
import type { DeadLetterReason } from '@pochta/storage-contract';
import type { TopicCommit } from '../commit/topic-commit';
import { addDeadLetters, type DeadLetter } from '../dead-letters/dead-letters';
import type { TopicLog } from '../log/topic-log';
import type { StoreTime } from '../store-time';
import type { Claim } from './in-flight/claim';
import type { GroupLog } from './durable/group-log';
import { Wait } from './in-flight/hold';

/** How much a backoff may be shorter or longer than it is configured, so that what failed together comes apart. */
const JITTER = 0.2;

/** The shortest backoff, in ms, of a message that fails without end: in a dead-letter topic, it is never given up. */
const LEAST_ENDLESS_BACKOFF = 1000;

/** Who does in memory what a commit has made durable. */
export interface SettlementListener {
  /** The group is done with these. */
  onSettled(claim: Claim, sequences: readonly number[]): void;
  /** These failed, and wait. */
  onFailed(claim: Claim, waits: readonly Wait[]): void;
}

/** Why messages are given up. */
interface GivenUp {
  readonly reason: DeadLetterReason;
  readonly detail?: string;
}

/** Settles what members of one group have claimed, as part of a commit. */
export class Settlement {
  readonly #log: TopicLog;
  readonly #group: GroupLog;
  readonly #time: StoreTime;
  readonly #listener: SettlementListener;

  constructor(log: TopicLog, group: GroupLog, time: StoreTime, listener: SettlementListener) {
    this.#log = log;
    this.#group = group;
    this.#time = time;
    this.#listener = listener;
  }

  /** Throws `NOT_IN_FLIGHT` when the group or its topic is gone. */
  check(commit: TopicCommit, { sequences }: Claim): void {
    const { name } = this.#log.content.record;
    const isThere =
      commit.find(name) === this.#log && this.#log.groups.find(this.#group.name) === this.#group;
    if (!isThere) throw notInFlight(this.#group.name, sequences);
    commit.change(name);
  }

  ack(commit: TopicCommit, claim: Claim): void {
    this.#group.then(() => this.#listener.onSettled(claim, claim.sequences));
    this.#ack(commit, claim.sequences);
  }

  /** They failed; `delay`: ms until they come again, by default the backoff. */
  fail(commit: TopicCommit, claim: Claim, delay?: number): void {
    const { maxDeliveries } = this.#group.config;
    const present = this.#present(claim);
    const last = present.filter((index) => claim.runs[index].failures + 1 >= maxDeliveries);
    const areMoved = this.#giveUp(commit, claim, last, { reason: 'max-deliveries' });
    const moved = new Set(areMoved ? last : []);
    const again = present.filter((index) => !moved.has(index));
    const waits = again.map((index) => this.#wait(commit, claim, index, delay, !areMoved));
    this.#ack(commit, areMoved ? last.map((index) => claim.sequences[index]) : []);
    const waiting = new Set(waits.map(({ sequence }) => sequence));
    const settled = claim.sequences.filter((sequence) => !waiting.has(sequence));
    this.#group.then(() => {
      this.#listener.onFailed(claim, waits);
      this.#listener.onSettled(claim, settled);
    });
  }

  terminate(commit: TopicCommit, claim: Claim, detail?: string): void {
    this.#giveUp(commit, claim, this.#present(claim), { reason: 'terminated', detail });
    this.ack(commit, claim);
  }

  #ack(commit: TopicCommit, sequences: readonly number[]): void {
    for (let index = 0; index < sequences.length;) {
      const from = sequences[index];
      let to = from + 1;
      while (sequences[++index] === to) to++;
      this.#group.ack(from, to);
    }
    if (sequences.length > 0) this.#log.groups.onAcked(sequences, commit);
  }

  /** Indices of those that were not removed from the log meanwhile. */
  #present({ sequences }: Claim): number[] {
    const { staged, holes } = this.#log.content;
    const present: number[] = [];
    sequences.forEach((sequence, index) => {
      if (sequence < staged.firstSequence) return;
      if (staged.holes === 0 || holes.get(sequence) === 0) present.push(index);
    });
    return present;
  }

  #wait(commit: TopicCommit, claim: Claim, index: number, delay: number | undefined, isLast: boolean): Wait {
    const { backoffMin, backoffMax, maxDeliveries } = this.#group.config;
    const failures = claim.runs[index].failures + 1;
    const doubled = Math.min(backoffMax, backoffMin * 2 ** (failures - 1));
    const longest = Math.max(backoffMax, LEAST_ENDLESS_BACKOFF);
    const backoff = isLast && failures >= maxDeliveries ? longest : doubled;
    const jitter = 1 + JITTER * (2 * Math.random() - 1);
    const wait = delay ?? Math.round(backoff * jitter);
    const sequence = claim.sequences[index];
    this.#group.retry(sequence, { failures, due: commit.now() + wait, wait });
    return new Wait(sequence, failures, this.#time.elapsed() + wait);
  }

  /** `false` when there is nowhere to give them up to. Must come before anything is staged. */
  #giveUp(commit: TopicCommit, claim: Claim, indices: readonly number[], why: GivenUp): boolean {
    if (indices.length === 0) return true;
    const letters = this.#letters(claim, indices, why);
    if (!addDeadLetters(commit, this.#log, letters)) return false;
    this.#group.countDeadLetters(indices.length);
    return true;
  }

  #letters({ sequences, runs }: Claim, indices: readonly number[], why: GivenUp): DeadLetter[] {
    const letters: DeadLetter[] = [];
    const group = this.#group.name;
    for (let at = 0; at < indices.length;) {
      const from = sequences[indices[at]];
      const { failures } = runs[indices[at]];
      const batch = this.#log.content.readHeld(from);
      let to = from;
      for (; at < indices.length && sequences[indices[at]] === to && to <= lastSequence(batch); at++) {
        if (runs[indices[at]].failures !== failures) break;
        to++;
      }
      letters.push({ batch, from, to, ...why, group, deliveries: failures + 1 });
    }
    return letters;
  }
}

/** The error for sequences that are not in flight to the one who settles them. */
export function notInFlight(group: string, sequences: readonly number[]): PochtaError {
  const what = sequences.length === 1 ? '1 message is' : `${sequences.length} messages are`;
  return errorFor('NOT_IN_FLIGHT', `${what} not in flight in group ${group}`, {
    sequences: [...sequences],
  });
}
