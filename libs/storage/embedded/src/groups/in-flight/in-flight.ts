import { Claim } from './claim';
import { Deadlines } from './deadlines';
import type { Dispatcher } from '../dispatcher';
import type { EmbeddedMember } from '../embedded-member';
import type { GroupLog, RemovedRange } from '../durable/group-log';
import { Budget } from '../../schedule/budget';
import { Run, Wait } from './hold';
import { notInFlight } from '../settlement';
import { Unsettled } from './unsettled';
import type { UnsettledTotal } from './unsettled-total';

/** Messages, and bytes of them, that one commit moves whose deadline has passed. */
const OVERDUE = 1000;
const OVERDUE_BYTES = 4 << 20;

/** What is with the members of a group, or has failed and waits: in memory, so that a restart hands it back. */
export class InFlight {
  readonly unsettled: Unsettled;
  readonly deadlines = new Deadlines();
  /** With a member, and removed from the log meanwhile. */
  readonly #gone = new Set<number>();
  readonly #dispatcher: Dispatcher;
  readonly #group: GroupLog;
  readonly #elapsed: () => number;
  #claims = 0;

  constructor(dispatcher: Dispatcher, group: GroupLog, elapsed: () => number, total: UnsettledTotal) {
    this.unsettled = new Unsettled(total);
    this.#dispatcher = dispatcher;
    this.#group = group;
    this.#elapsed = elapsed;
  }

  get gone(): number {
    return this.#gone.size;
  }

  /** Whether something is being settled. */
  get hasClaims(): boolean {
    return this.#claims > 0;
  }

  newRun(member: EmbeddedMember, failures: number): Run {
    return new Run(member, failures, this.#elapsed() + this.#group.config.ackDeadline);
  }

  /** Runs have been handed out to a member. */
  begin(member: EmbeddedMember, runs: readonly Run[]): void {
    for (const run of runs) {
      member.runs.add(run);
      member.bytes += run.bytes;
      this.deadlines.begin(run);
    }
  }

  /** Sets messages aside that are in flight to a member. Throws `NOT_IN_FLIGHT`, and then does nothing. */
  claim(member: EmbeddedMember, sequences: readonly number[]): Claim {
    const wanted = ascending(sequences);
    const runs: Run[] = [];
    const missing: number[] = [];
    for (const sequence of wanted) {
      const hold = this.unsettled.get(sequence);
      if (hold instanceof Run && hold.member === member) runs.push(hold);
      else missing.push(sequence);
    }
    if (missing.length > 0) throw notInFlight(this.#group.name, missing);
    const claim = new Claim(this.#dispatcher, wanted, runs, member);
    this.#claims++;
    for (let index = 0; index < wanted.length; index++) {
      this.unsettled.claim(wanted[index], claim);
      this.#leave(runs[index]);
    }
    return claim;
  }

  /** What was claimed is in flight again, from now on. */
  resume({ sequences, runs, member }: Claim): void {
    this.#claims--;
    const fresh = new Map<number, Run>();
    sequences.forEach((sequence, index) => {
      const { failures } = runs[index];
      let run = fresh.get(failures);
      if (run === undefined) fresh.set(failures, (run = this.newRun(member!, failures)));
      run.stretches.push(sequence, sequence + 1);
      run.left++;
      run.addBytes(runs[index].largest);
      this.unsettled.put(sequence, run);
    });
    this.begin(member!, [...fresh.values()]);
  }

  /** What was claimed may be handed out to others. */
  handBackClaimed({ sequences, runs, member }: Claim): void {
    this.#claims--;
    if (member !== undefined) member.inFlight -= sequences.length;
    sequences.forEach((sequence, index) => this.#handBack(sequence, runs[index].failures));
  }

  /** Those of the sequences that are in flight to a member may be handed out to others. */
  release(member: EmbeddedMember, sequences: readonly number[]): void {
    for (const sequence of sequences) {
      const hold = this.unsettled.get(sequence);
      if (!(hold instanceof Run) || hold.member !== member) continue;
      this.#leave(hold);
      member.inFlight--;
      this.#handBack(sequence, hold.failures);
    }
  }

  /** All that is in flight to a member. */
  *sequencesOf(member: EmbeddedMember): Iterable<number> {
    for (const run of [...member.runs]) yield* this.#sequencesIn(run);
  }

  /** Sets aside what is in flight too long, as much of it as one commit may move; `undefined` when nothing is. */
  claimOverdue(now: number): Claim | undefined {
    const late: { readonly sequence: number; readonly run: Run }[] = [];
    const budget = new Budget(OVERDUE, OVERDUE_BYTES);
    for (let run = this.deadlines.overdue(now); run !== undefined; run = this.deadlines.overdue(now)) {
      for (const sequence of this.#sequencesIn(run)) {
        if (budget.spent) break;
        budget.spend(1, run.largest);
        this.#leave(run);
        run.member.inFlight--;
        if (this.#gone.delete(sequence)) this.unsettled.settle(sequence);
        else late.push({ sequence, run });
      }
      if (budget.spent) break;
    }
    if (late.length === 0) return undefined;
    late.sort((one, other) => one.sequence - other.sequence);
    const sequences = late.map(({ sequence }) => sequence);
    const runs = late.map(({ run }) => run);
    const claim = new Claim(this.#dispatcher, sequences, runs, undefined);
    this.#claims++;
    for (const sequence of sequences) this.unsettled.put(sequence, claim);
    return claim;
  }

  /** The turn of what has waited long enough has come; whether there was any. */
  endWaits(now: number): boolean {
    const due = this.deadlines.due(now);
    for (const { sequence, failures } of due) this.unsettled.giveTurn(sequence, failures);
    return due.length > 0;
  }

  /** A claim is done with; and the group with these of its messages. */
  settle({ member }: Claim, sequences: readonly number[]): void {
    this.#claims--;
    if (member !== undefined) member.inFlight -= sequences.length;
    for (const sequence of sequences) {
      this.unsettled.settle(sequence);
      if (this.#gone.size > 0) this.#gone.delete(sequence);
    }
  }

  /** These failed, and wait. */
  fail({ member }: Claim, waits: readonly Wait[]): void {
    if (member !== undefined) member.inFlight -= waits.length;
    for (const wait of waits) this.wait(wait);
  }

  wait(wait: Wait): void {
    this.unsettled.put(wait.sequence, wait);
    this.deadlines.wait(wait);
  }

  /** These are gone from the log: nobody gets them any more. What is with a member can be settled still. */
  onRemoved({ from, to }: RemovedRange): void {
    const { highest, size } = this.unsettled;
    if (from > highest || size === 0) return;
    const end = Math.min(to, highest + 1);
    if (end - from <= size) {
      for (let sequence = from; sequence < end; sequence++) this.#drop(sequence);
      return;
    }
    for (const sequence of [...this.unsettled.sequences()]) {
      if (sequence >= from && sequence < end) this.#drop(sequence);
    }
  }

  clear(): void {
    this.unsettled.clear();
    this.deadlines.clear();
    this.#gone.clear();
    this.#claims = 0;
  }

  #drop(sequence: number): void {
    const hold = this.unsettled.get(sequence);
    if (hold === undefined) return;
    if (hold instanceof Run || (hold instanceof Claim && hold.member !== undefined)) this.#gone.add(sequence);
    else if (!(hold instanceof Claim)) this.unsettled.settle(sequence);
    if (hold instanceof Wait) this.deadlines.endWait(hold);
  }

  /** What is gone from the log is for nobody. */
  #handBack(sequence: number, failures: number): void {
    if (this.#gone.delete(sequence)) this.unsettled.settle(sequence);
    else this.unsettled.giveTurn(sequence, failures);
  }

  #sequencesIn(run: Run): number[] {
    const sequences: number[] = [];
    for (let index = 0; index < run.stretches.length; index += 2) {
      for (let sequence = run.stretches[index]; sequence < run.stretches[index + 1]; sequence++) {
        if (this.unsettled.get(sequence) === run) sequences.push(sequence);
      }
    }
    return sequences;
  }

  #leave(run: Run): void {
    const { bytes } = run;
    run.left--;
    run.member.bytes -= bytes - run.bytes;
    if (run.left > 0) return;
    run.member.runs.delete(run);
    this.deadlines.end();
  }
}

/** In ascending order, each once. */
function ascending(sequences: readonly number[]): readonly number[] {
  for (let index = 1; index < sequences.length; index++) {
    if (sequences[index - 1] < sequences[index]) continue;
    return [...new Set(sequences)].sort((one, other) => one - other);
  }
  return sequences;
}
