import { randomBytes } from 'node:crypto';
import {
  errorFor,
  type Payload,
  type PochtaError,
  type ReplyFrame,
  type RequestFrame,
} from '@pochta/protocol';
import type { Outlet } from '../outlet';

/**
 * One part of a reply, the end behind its last part, or why there is no reply. Only after a part with `more` does
 * anything else come.
 */
export type ReplyPart =
  | { readonly message: Payload; readonly more: boolean }
  | { readonly end: true }
  | { readonly error: PochtaError | { readonly code: string; readonly message: string } };

/** Someone who asks, or who answers requests: a connection. */
export interface RequestParty {
  readonly outlet: Outlet;
}

interface PendingRequest {
  readonly correlationId: string;
  readonly requester: RequestParty;
  readonly responder: RequestParty;
  readonly onReply: (part: ReplyPart) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Takes requests to responders and replies back. Nothing is stored: a request without a responder is refused at once.
 * Several responders of a topic take turns.
 */
export class RequestRouter {
  readonly #responders = new Map<string, RequestParty[]>();
  readonly #pending = new Map<string, PendingRequest>();
  /** The same by who asked and by who was asked, so that a party that goes need not look through those of all others. */
  readonly #byParty = new Map<RequestParty, Set<PendingRequest>>();
  /** Makes correlation ids of different broker processes differ, and keeps them from being guessed. */
  readonly #prefix = randomBytes(9).toString('base64url');
  #count = 0;

  constructor(private readonly defaultTimeout: number) {}

  addResponder(topic: string, responder: RequestParty): void {
    const responders = this.#responders.get(topic);
    if (responders === undefined) this.#responders.set(topic, [responder]);
    else responders.push(responder);
  }

  removeResponder(topic: string, responder: RequestParty): void {
    const left = this.#responders.get(topic)?.filter((other) => other !== responder);
    if (left === undefined || left.length === 0) this.#responders.delete(topic);
    else this.#responders.set(topic, left);
  }

  /**
   * Hands a request to a responder; `onReply` hears the answer, `NO_RESPONDERS` at once when there is none, and
   * `TOO_MANY_REQUESTS` when there are some but none of them takes what it is sent.
   * Returns the correlation id, with which the requester may cancel; `undefined` when it is over already.
   */
  request(
    requester: RequestParty,
    frame: Omit<RequestFrame, 'action'>,
    onReply: PendingRequest['onReply'],
  ): string | undefined {
    const responders = this.#responders.get(frame.topic);
    const responder = responders && nextOf(responders);
    if (responder === undefined) {
      const reason = responders === undefined ? 'NO_RESPONDERS' : 'TOO_MANY_REQUESTS';
      onReply({ error: errorFor(reason) });
      return undefined;
    }
    const correlationId = `${this.#prefix}-${++this.#count}`;
    const timer = setTimeout(() => this.#expire(correlationId), frame.timeout ?? this.defaultTimeout);
    this.#remember({ correlationId, requester, responder, onReply, timer });
    responder.outlet.request({
      type: 'request',
      topic: frame.topic,
      correlationId,
      message: frame.message,
      headers: frame.headers,
    });
    return correlationId;
  }

  /**
   * A reply from a responder. One to a request that is over, or is not this responder's, is dropped. One to a requester
   * that does not read ends the request with `REQUEST_FAILED`, and the responder is told.
   */
  reply(responder: RequestParty, frame: Omit<ReplyFrame, 'action'>): void {
    const pending = this.#pending.get(frame.correlationId);
    if (pending === undefined || pending.responder !== responder) return;
    if (pending.requester.outlet.swamped === true) return this.#giveUp(pending);
    const { error, message } = frame;
    const more = error === undefined && message !== undefined && frame.more === true;
    if (more) pending.timer.refresh();
    else this.#forget(pending);
    if (error !== undefined) {
      pending.onReply({ error: { code: error.code ?? 'REQUEST_FAILED', message: error.message } });
    } else if (message !== undefined) pending.onReply({ message, more });
    else pending.onReply({ end: true });
  }

  /** The requester does not wait any more; the responder is told. */
  cancel(correlationId: string): void {
    const pending = this.#pending.get(correlationId);
    if (pending === undefined) return;
    this.#forget(pending);
    pending.responder.outlet.cancel({ type: 'cancel', correlationId });
    pending.onReply({ error: errorFor('REQUEST_CANCELLED') });
  }

  /** A connection is gone: its requests are cancelled, and those it was to answer fail. */
  disconnect(party: RequestParty): void {
    for (const pending of [...(this.#byParty.get(party) ?? [])]) {
      if (pending.requester === party) this.cancel(pending.correlationId);
      else this.#fail(pending, errorFor('REQUEST_FAILED', 'The responder went away'));
    }
  }

  /** Fails every request under way. */
  close(): void {
    for (const pending of [...this.#pending.values()]) this.#fail(pending, errorFor('SHUTTING_DOWN'));
  }

  #expire(correlationId: string): void {
    const pending = this.#pending.get(correlationId)!;
    pending.responder.outlet.cancel({ type: 'cancel', correlationId });
    this.#fail(pending, errorFor('REQUEST_TIMEOUT'));
  }

  /** Replies have nowhere to wait but the requester's outbox, and nothing keeps a responder from sending more. */
  #giveUp(pending: PendingRequest): void {
    pending.responder.outlet.cancel({ type: 'cancel', correlationId: pending.correlationId });
    this.#fail(pending, errorFor('REQUEST_FAILED', 'The requester does not read its replies'));
  }

  #fail(pending: PendingRequest, error: PochtaError): void {
    this.#forget(pending);
    pending.onReply({ error });
  }

  #forget(pending: PendingRequest): void {
    clearTimeout(pending.timer);
    this.#pending.delete(pending.correlationId);
    for (const party of [pending.requester, pending.responder]) {
      const own = this.#byParty.get(party);
      own?.delete(pending);
      if (own?.size === 0) this.#byParty.delete(party);
    }
  }

  #remember(pending: PendingRequest): void {
    this.#pending.set(pending.correlationId, pending);
    for (const party of [pending.requester, pending.responder]) {
      const own = this.#byParty.get(party);
      if (own === undefined) this.#byParty.set(party, new Set([pending]));
      else own.add(pending);
    }
  }
}

/** The next responder in turn that takes requests: those that were asked go to the end. */
function nextOf(responders: RequestParty[]): RequestParty | undefined {
  for (let tried = 0; tried < responders.length; tried++) {
    const responder = responders.shift()!;
    responders.push(responder);
    if (responder.outlet.overloaded !== true) return responder;
  }
  return undefined;
}
