import type { RequestId } from '@pochta/protocol';
import type { OnReply, RequestParty } from './request-party';
import type { Place } from './ring';
import type { Due, TimerWheel } from './timer-wheel';

/** A request that was handed to its responder and is not over, and its place wherever it is known. */
export class PendingRequest implements Due {
  dueAt = 0;
  #deadline!: Place<PendingRequest>;
  #asking!: Place<PendingRequest>;
  #asked!: Place<PendingRequest>;

  constructor(
    readonly number: number,
    readonly correlationId: string,
    /** The requester's. */
    private readonly id: RequestId | undefined,
    readonly requester: RequestParty,
    readonly responder: RequestParty,
    readonly onReply: OnReply,
    /** ms until a reply, or the next part of one. */
    private readonly timeout: number,
  ) {}

  begin(deadlines: TimerWheel<PendingRequest>): void {
    const { id, requester, responder } = this;
    this.#asking = requester.requests.asking.add(this);
    this.#asked = responder.requests.asked.add(this);
    if (id !== undefined) requester.requests.name(id, this);
    this.#wait(deadlines);
  }

  /** Waits anew. */
  extend(deadlines: TimerWheel<PendingRequest>): void {
    deadlines.takeBack(this.#deadline);
    this.#wait(deadlines);
  }

  end(deadlines: TimerWheel<PendingRequest>): void {
    const { id, requester, responder } = this;
    deadlines.takeBack(this.#deadline);
    requester.requests.asking.leave(this.#asking);
    responder.requests.asked.leave(this.#asked);
    if (id !== undefined) requester.requests.forget(id, this);
  }

  #wait(deadlines: TimerWheel<PendingRequest>): void {
    this.dueAt = performance.now() + this.timeout;
    this.#deadline = deadlines.add(this);
  }
}
