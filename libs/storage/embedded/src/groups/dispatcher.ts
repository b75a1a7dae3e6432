import { errorFor } from '@pochta/protocol';
import { MAX_IN_FLIGHT_BYTES, type GroupListener, type GroupPage } from '@pochta/storage-contract';
import type { TopicCommit } from '../commit/topic-commit';
import type { TopicLog } from '../log/topic-log';
import type { Claim } from './in-flight/claim';
import { EmbeddedMember } from './embedded-member';
import type { GroupHost } from './group-host';
import type { GroupLog, RemovedRange } from './durable/group-log';
import { GroupPosition } from './fetch/group-position';
import { GroupWalk, type WalkEnd, type WalkGround } from './fetch/group-walk';
import { DeadlineTimer } from './in-flight/deadline-timer';
import type { Wait } from './in-flight/hold';
import { InFlight } from './in-flight/in-flight';
import { LevelPositions } from './fetch/level-positions';
import { RetryLoading } from './retry-loading';
import { Settlement } from './settlement';

const NOTHING: GroupPage = { holes: [], deliveries: [] };

/** What a group counts in memory. */
export interface GroupCounts {
  readonly inFlight: number;
  /** In flight, and removed from the log meanwhile. */
  readonly gone: number;
  readonly waiting: number;
  readonly members: number;
}

/**
 * Hands out the messages of one group to its members. It is there as long as the group has some, or something of it is
 * being settled: what it keeps in memory is found again by the next one.
 */
export class Dispatcher {
  readonly settlement: Settlement;
  readonly #host: GroupHost;
  readonly #log: TopicLog;
  readonly #group: GroupLog;
  readonly #inFlight: InFlight;
  readonly #timer: DeadlineTimer;
  readonly #position: GroupPosition;
  readonly #ground: WalkGround;
  readonly #retries: RetryLoading;
  readonly #members = new Set<EmbeddedMember>();
  /** A fetch has got less than it asked for. */
  #dry = true;
  #closed: boolean;
  readonly #tellAll = (): void => this.tell();

  constructor(host: GroupHost, log: TopicLog, group: GroupLog) {
    this.#host = host;
    this.#log = log;
    this.#group = group;
    this.#closed = group.closed;
    this.#inFlight = new InFlight(this, group, () => host.time.elapsed(), host.total);
    this.settlement = new Settlement(log, group, host.time, this);
    this.#timer = new DeadlineTimer(host.time, this.#inFlight, {
      writeFailure: (claim) => this.#submit(claim, (commit) => this.settlement.fail(commit, claim)),
      onDue: () => this.tell(),
    });
    const { content, groups } = log;
    const { unsettled } = this.#inFlight;
    const position = new GroupPosition(content, group, unsettled, groups.batches, host);
    const levels = new LevelPositions(content, position, groups.batches);
    this.#position = position;
    this.#ground = { content, batches: groups.batches, unsettled, position, levels, passedOver: 0 };
    this.#retries = new RetryLoading(host.time, group, this.#ground, this.#inFlight);
    if (this.#closed) this.#timer.close();
    else this.#loadRetries();
  }

  get topic(): string {
    return this.#log.content.record.name;
  }

  get ready(): number {
    if (this.#closed || !this.#retries.done) return 0;
    const { state } = this.#log.content;
    const { room, at } = this.#position;
    const left = state.nextSequence - Math.max(at, state.firstSequence);
    // What is not there, or is not to be handed out, is found out by a fetch: until then, there may be one.
    const inLog = left > 0 && room > 0 ? Math.max(1, Math.min(room, left - state.holes)) : 0;
    return this.#inFlight.unsettled.turns.size + inLog;
  }

  /** Whether a fetch has got less than it asked for, and there may be more now. */
  get isAwaited(): boolean {
    return this.#dry && this.#members.size > 0 && this.ready > 0;
  }

  counts(): GroupCounts {
    const { unsettled, gone } = this.#inFlight;
    return { inFlight: unsettled.inFlight, waiting: unsettled.waiting, gone, members: this.#members.size };
  }

  join(listener: GroupListener): EmbeddedMember {
    const member = new EmbeddedMember(this, listener);
    if (this.#closed) {
      member.gone = true;
      queueMicrotask(() => listener.onClosed());
    } else this.#members.add(member);
    return member;
  }

  async fetch(member: EmbeddedMember, maxMessages: number, maxBytes: number): Promise<GroupPage> {
    const { content } = this.#log;
    for (;;) {
      this.#host.check();
      if (member.gone || maxMessages <= 0) return NOTHING;
      this.#dry ||= member.full;
      if (member.full) return NOTHING;
      if (!this.#isLoaded()) {
        this.#host.turns.add(this.#loadRetries);
        return NOTHING;
      }
      const { state } = content;
      const page = this.#walk(member, maxMessages, Math.min(maxBytes, MAX_IN_FLIGHT_BYTES - member.bytes));
      if (page !== undefined) return page;
      await this.#host.commitDone();
      // Either the commit that was under way has removed what was to be read, and the state says so now, or:
      if (state === content.state) {
        throw errorFor('STORAGE_FAILED', `Messages of topic ${this.topic} cannot be read`);
      }
    }
  }

  ack(member: EmbeddedMember, sequences: readonly number[]): Promise<void> {
    const claim = this.claim(member, sequences);
    return this.#settle(claim, (commit) => this.settlement.ack(commit, claim));
  }

  nack(member: EmbeddedMember, sequences: readonly number[], delay?: number): Promise<void> {
    const claim = this.claim(member, sequences);
    return this.#settle(claim, (commit) => this.settlement.fail(commit, claim, delay));
  }

  terminate(member: EmbeddedMember, sequences: readonly number[], reason?: string): Promise<void> {
    const claim = this.claim(member, sequences);
    return this.#settle(claim, (commit) => this.settlement.terminate(commit, claim, reason));
  }

  touch(member: EmbeddedMember, sequences: readonly number[]): void {
    this.#inFlight.resume(this.claim(member, sequences));
    this.#timer.arm();
  }

  /** Sets messages aside that are in flight to a member. Throws `NOT_IN_FLIGHT`, and then does nothing. */
  claim(member: EmbeddedMember, sequences: readonly number[]): Claim {
    this.#host.check();
    return this.#inFlight.claim(member, sequences);
  }

  /** What was claimed could not be settled. */
  undo(claim: Claim): void {
    if (this.#closed) return;
    if (claim.member !== undefined && !claim.member.gone) {
      this.#inFlight.resume(claim);
      this.#timer.arm();
    } else {
      this.#inFlight.handBackClaimed(claim);
      this.tell();
      this.#dropUnused();
    }
  }

  release(member: EmbeddedMember, sequences: readonly number[]): void {
    this.#inFlight.release(member, sequences);
    this.tell(member);
  }

  leave(member: EmbeddedMember): void {
    if (!this.#members.delete(member)) return;
    member.gone = true;
    this.#inFlight.release(member, [...this.#inFlight.sequencesOf(member)]);
    if (this.#members.size === 0) this.#ground.batches.clear();
    this.tell();
    this.#dropUnused();
  }

  /** Tells the members but one that there is something, if one of them has got less than it asked for. */
  tell(except?: EmbeddedMember): void {
    if (!this.isAwaited) return;
    this.#dry = except !== undefined && this.#members.size === 1;
    for (const member of [...this.#members]) if (member !== except) member.listener.onReady();
  }

  /** A commit has settled these. */
  onSettled(claim: Claim, sequences: readonly number[]): void {
    if (this.#closed) return;
    this.#inFlight.settle(claim, sequences);
    this.#position.begin();
    try {
      this.#position.passSettled();
    } catch {
      // The commit is done. The next fetch goes past what is settled, too, and says what cannot be read.
    }
    this.#dropUnused();
  }

  /** A commit has noted that these failed. */
  onFailed(claim: Claim, waits: readonly Wait[]): void {
    if (this.#closed) return;
    this.#inFlight.fail(claim, waits);
    this.#timer.arm();
  }

  onRemoved(ranges: readonly RemovedRange[]): void {
    for (const range of ranges) this.#inFlight.onRemoved(range);
  }

  /** Nothing is handed out any more, and nothing can be settled. */
  close(): void {
    this.#closed = true;
    this.#timer.close();
    this.#host.total.forget(this.#tellAll);
    this.#inFlight.clear();
    for (const member of this.#members) {
      member.gone = true;
      member.inFlight = member.bytes = 0;
      member.runs.clear();
    }
  }

  tellClosed(): void {
    const members = [...this.#members];
    this.#members.clear();
    for (const { listener } of members) listener.onClosed();
  }

  /** `undefined` when nothing was found because of a commit that is under way. */
  #walk(member: EmbeddedMember, maxMessages: number, maxBytes: number): GroupPage | undefined {
    this.#position.begin();
    const newRun = (failures: number) => this.#inFlight.newRun(member, failures);
    const walk = new GroupWalk(this.#ground, newRun, maxMessages, maxBytes, this.#host.time.now());
    const end = this.#run(walk);
    // Idle groups keep nothing of the log in memory.
    if (end === 'dry') this.#ground.batches.clear();
    this.#dry ||= end !== 'full';
    if (end === 'spent') this.#host.turns.add(this.#tellAll);
    if (end === 'dry' && this.#host.total.isFull) this.#host.total.waitFor(this.#tellAll);
    this.#inFlight.begin(member, walk.runs);
    for (const { left } of walk.runs) member.inFlight += left;
    if (walk.runs.length > 0) this.#timer.arm();
    const holes = this.#position.takeHoles();
    if (walk.runs.length + holes.length === 0 && this.#position.blocked) return undefined;
    return { holes, deliveries: walk.deliveries };
  }

  /** What cannot be read is no reason to withhold what was found before it. */
  #run(walk: GroupWalk): WalkEnd {
    try {
      return walk.run();
    } catch (error) {
      if (walk.deliveries.length === 0) throw error;
      return 'full';
    }
  }

  async #settle(claim: Claim, stage: (commit: TopicCommit) => void): Promise<void> {
    try {
      await this.#submit(claim, stage);
    } catch (error) {
      this.undo(claim);
      throw error;
    }
  }

  #submit(claim: Claim, stage: (commit: TopicCommit) => void): Promise<void> {
    return this.#host.submit((commit) => {
      this.settlement.check(commit, claim);
      stage(commit);
    }, claim.sequences.length);
  }

  /** Whether all that failed is known; loads some of it. */
  #isLoaded(): boolean {
    if (this.#retries.done) return true;
    if (!this.#retries.load()) return false;
    this.#timer.arm();
    return true;
  }

  /** Goes on turn by turn; what cannot be read is for a fetch to say. */
  readonly #loadRetries = (): void => {
    if (this.#closed) return;
    try {
      if (this.#isLoaded()) this.tell();
      else this.#host.turns.add(this.#loadRetries);
    } catch {
      this.#dry = true;
    }
  };

  #dropUnused(): void {
    if (this.#closed || this.#members.size > 0 || this.#inFlight.hasClaims) return;
    this.#group.start = this.#position.untold;
    this.#group.dispatcher = undefined;
    this.close();
  }
}
