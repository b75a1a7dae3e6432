import { randomBytes } from 'node:crypto';
import { errorFor, IdTable, type PochtaError, type ReplyFrame, type RequestFrame } from '@pochta/protocol';
import type { OnReply, RequestParty } from './request-party';
import { PendingRequest } from './pending-request';
import { TimerWheel } from './timer-wheel';

/**
 * Takes requests to responders and replies back. Nothing is stored: a request without a responder is refused at once.
 * Several responders of a topic take turns.
 */
export class RequestRouter {
  readonly #responders = new Map<string, RequestParty[]>();
  /** By the number in the correlation id. */
  readonly #pending = new IdTable<PendingRequest>();
  readonly #deadlines = new TimerWheel<PendingRequest>((pending) => this.#expire(pending));
  /** Makes correlation ids of different broker processes differ, and keeps them from being guessed. */
  readonly #prefix = `${randomBytes(9).toString('base64url')}-`;
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
   */
  request(requester: RequestParty, frame: Omit<RequestFrame, 'action'>, onReply: OnReply): void {
    const responders = this.#responders.get(frame.topic);
    const responder = responders && nextOf(responders);
    if (responder === undefined) {
      const reason = responders === undefined ? 'NO_RESPONDERS' : 'TOO_MANY_REQUESTS';
      return onReply({ error: errorFor(reason) });
    }
    const { topic, message, headers, id, timeout = this.defaultTimeout } = frame;
    const number = ++this.#count;
    const correlationId = this.#prefix + number;
    const pending = new PendingRequest(number, correlationId, id, requester, responder, onReply, timeout);
    this.#pending.set(number, pending);
    pending.begin(this.#deadlines);
    responder.outlet.request({ type: 'request', topic, correlationId, message, headers });
  }

  /**
   * A reply from a responder. One to a request that is over, or is not this responder's, is dropped. One to a requester
   * that does not read ends the request with `REQUEST_FAILED`, and the responder is told.
   */
  reply(responder: RequestParty, frame: Omit<ReplyFrame, 'action'>): void {
    const pending = this.#find(frame.correlationId);
    if (pending?.responder !== responder) return;
    if (pending.requester.outlet.swamped === true) return this.#giveUp(pending);
    const { error, message } = frame;
    const more = error === undefined && message !== undefined && frame.more === true;
    if (more) pending.extend(this.#deadlines);
    else this.#forget(pending);
    if (error !== undefined) {
      pending.onReply({ error: { code: error.code ?? 'REQUEST_FAILED', message: error.message } });
    } else if (message !== undefined) pending.onReply({ message, more });
    else pending.onReply({ end: true });
  }

  /** The requester does not wait any more; the responder is told. */
  cancel(pending: PendingRequest): void {
    this.#forget(pending);
    tellResponder(pending);
    pending.onReply({ error: errorFor('REQUEST_CANCELLED') });
  }

  /** A connection is gone: its requests are cancelled, and those it was to answer fail. */
  disconnect({ requests }: RequestParty): void {
    requests.asking.forEach(({ item }) => this.cancel(item!));
    requests.asked.forEach(({ item }) =>
      this.#fail(item!, errorFor('REQUEST_FAILED', 'The responder went away')),
    );
  }

  /** Fails every request under way. */
  close(): void {
    for (const pending of this.#pending.values()) this.#fail(pending, errorFor('SHUTTING_DOWN'));
    this.#deadlines.stop();
  }

  #find(correlationId: string): PendingRequest | undefined {
    const pending = this.#pending.get(Number(correlationId.slice(this.#prefix.length)));
    return pending?.correlationId === correlationId ? pending : undefined;
  }

  #expire(pending: PendingRequest): void {
    tellResponder(pending);
    this.#fail(pending, errorFor('REQUEST_TIMEOUT'));
  }

  /** Replies have nowhere to wait but the requester's outbox, and nothing keeps a responder from sending more. */
  #giveUp(pending: PendingRequest): void {
    tellResponder(pending);
    this.#fail(pending, errorFor('REQUEST_FAILED', 'The requester does not read its replies'));
  }

  #fail(pending: PendingRequest, error: PochtaError): void {
    this.#forget(pending);
    pending.onReply({ error });
  }

  #forget(pending: PendingRequest): void {
    this.#pending.delete(pending.number);
    pending.end(this.#deadlines);
  }
}

/** Nobody waits for its reply any more. */
function tellResponder({ responder, correlationId }: PendingRequest): void {
  responder.outlet.cancel({ type: 'cancel', correlationId });
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
