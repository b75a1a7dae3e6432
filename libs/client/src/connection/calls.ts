import {
  PochtaError,
  errorFor,
  IdTable,
  wireLength,
  type BrokerFrame,
  type ClientFrame,
  type SuccessAnswer,
} from '@pochta/protocol';
import type { Deadline, Deadlines } from '../deadlines';
import { abortError, answerError } from '../errors';

/** Most calls that may wait for an answer. `TOO_MANY_REQUESTS`. */
const MAX_CALLS = 65_536;

/** Hears what became of a call: any number of answers with `more`, then one last answer or a failure. */
export interface CallObserver {
  onAnswer(answer: SuccessAnswer): void;
  /** `written`: on this or an earlier connection, so that it may be done. */
  onFailed(error: PochtaError, written?: boolean): void;
}

export interface CallOptions {
  /** ms until an answer, or the next part of one. `REQUEST_TIMEOUT`. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
  /** Whether it is written again after a lost connection; otherwise it fails with `OUTCOME_UNKNOWN`, if written. */
  readonly repeatable?: boolean;
  /** Called when the caller gave up (signal, timeout) on what was written. */
  readonly onGivenUp?: (id: number) => void;
}

/** Anything that is asked of the broker but a publish, until it is answered. */
export class Call {
  /** Whether it was written to the present connection. */
  written = false;
  everWritten = false;
  #over = false;
  #deadline: Deadline;

  constructor(
    readonly id: number,
    readonly frame: ClientFrame,
    private readonly observer: CallObserver,
    readonly options: CallOptions,
    private readonly calls: Calls,
  ) {
    this.#deadline = this.#arm();
    options.signal?.addEventListener('abort', this.#abort);
  }

  answer(answer: SuccessAnswer): void {
    if (answer.more === true) {
      this.#deadline.cancel();
      this.#deadline = this.#arm();
    } else {
      this.#finish();
    }
    this.observer.onAnswer(answer);
  }

  fail(error: PochtaError): void {
    this.#finish();
    this.observer.onFailed(error, this.everWritten);
  }

  /** Ends it without a word to the observer; the broker hears that nobody waits any more. */
  giveUp(): void {
    if (this.#over) return;
    this.#finish();
    if (this.written) this.options.onGivenUp?.(this.id);
  }

  readonly #abort = (): void => {
    this.giveUp();
    this.observer.onFailed(abortError(this.options.signal!), this.everWritten);
  };

  #arm(): Deadline {
    return this.calls.deadlines.after(this.options.timeout, () => {
      this.giveUp();
      const error = errorFor('REQUEST_TIMEOUT', `No answer within ${this.options.timeout} ms`);
      this.observer.onFailed(error, this.everWritten);
    });
  }

  #finish(): void {
    this.#over = true;
    this.#deadline.cancel();
    this.options.signal?.removeEventListener('abort', this.#abort);
    this.calls.forget(this);
  }
}

/** The calls that wait for an answer, by id. Those made while disconnected are written when a connection is up. */
export class Calls {
  readonly #open = new IdTable<Call>();
  readonly #onIdle: (() => void)[] = [];
  #lastId = 0;
  #send: ((frame: ClientFrame) => void) | undefined;

  constructor(readonly deadlines: Deadlines) {}

  /** Never throws: what is wrong at once is told to the observer in this turn. */
  start(
    makeFrame: (id: number) => ClientFrame,
    observer: CallObserver,
    options: CallOptions,
  ): Call | undefined {
    if (options.signal?.aborted) observer.onFailed(abortError(options.signal));
    else if (this.#open.size >= MAX_CALLS) observer.onFailed(errorFor('TOO_MANY_REQUESTS'));
    else {
      const id = ++this.#lastId;
      const call = new Call(id, makeFrame(id), observer, options, this);
      this.#open.set(id, call);
      if (this.#send !== undefined) this.#write(call, this.#send);
      return call;
    }
    return undefined;
  }

  /** As `start`, for a call with one answer. */
  ask(makeFrame: (id: number) => ClientFrame, options: CallOptions): Promise<SuccessAnswer> {
    return new Promise((resolve, reject) => {
      this.start(makeFrame, { onAnswer: resolve, onFailed: reject }, options);
    });
  }

  /** An answer with an id. One to a call that is over is ignored. */
  answered(frame: BrokerFrame & { readonly type: 'success' | 'error' }): void {
    const call = this.#open.get(frame.id as number);
    if (call === undefined) return;
    if (frame.type === 'success') call.answer(frame);
    else call.fail(answerError(frame));
  }

  /** Tells the broker that a request's answer is not awaited any more. Its own answers find nobody, and are ignored. */
  cancel(id: number): void {
    this.#send?.({ action: 'cancel', id });
  }

  /** Requests to responders that were written. */
  get requests(): number[] {
    return this.#inOrder()
      .filter(({ frame, written }) => frame.action === 'request' && written)
      .map(({ id }) => id);
  }

  /** Calls go this way from here on. */
  sendThrough(send: (frame: ClientFrame) => void): void {
    this.#send = send;
  }

  /** Writes the calls that waited for a connection. */
  writeWaiting(): void {
    if (this.#send === undefined) return;
    for (const call of this.#inOrder()) this.#write(call, this.#send);
  }

  /** Bytes of the largest call on the wire, its envelope not counted. */
  get largest(): number {
    const largest = this.#largest();
    return largest === undefined ? 0 : bulkOf(largest.frame);
  }

  /** The broker found a frame too large and did not say which: a transaction, if that is the largest, is not sent again. */
  refuseLargest(error: PochtaError): void {
    const largest = this.#largest();
    if (largest?.frame.action === 'transaction') largest.fail(error);
  }

  /** Calls that wait for an answer. */
  get open(): number {
    return this.#open.size;
  }

  /** Calls back once no call is open. */
  whenIdle(done: () => void): void {
    if (this.#open.size === 0) done();
    else this.#onIdle.push(done);
  }

  connectionLost(): void {
    this.#send = undefined;
    for (const call of this.#inOrder()) {
      if (!call.written) continue;
      if (call.options.repeatable) call.written = false;
      else call.fail(errorFor('OUTCOME_UNKNOWN', 'The connection was lost before the answer'));
    }
  }

  close(error: PochtaError): void {
    this.#send = undefined;
    for (const call of this.#inOrder()) call.fail(error);
  }

  forget(call: Call): void {
    this.#open.delete(call.id);
    if (this.#open.size === 0) for (const done of this.#onIdle.splice(0)) done();
  }

  /** As they were made. */
  #inOrder(): Call[] {
    return this.#open.values().sort((a, b) => a.id - b.id);
  }

  #largest(): Call | undefined {
    let largest: Call | undefined;
    for (const call of this.#open.values()) {
      const larger = largest === undefined || bulkOf(call.frame) > bulkOf(largest.frame);
      if (call.written && larger) largest = call;
    }
    return largest;
  }

  #write(call: Call, send: (frame: ClientFrame) => void): void {
    if (call.written) return;
    call.written = true;
    try {
      send(call.frame);
      call.everWritten = true;
    } catch (error) {
      // The codec cannot carry it.
      call.fail(
        error instanceof PochtaError ? error : errorFor('INVALID_FRAME', String(error), { cause: error }),
      );
    }
  }
}

/** Bytes of what makes a frame large: payloads, or the topics that a subscription goes on in. */
function bulkOf(frame: ClientFrame): number {
  switch (frame.action) {
    case 'request':
    case 'publish':
      return wireLength(frame.message.bytes.length, frame.message.contentType);
    case 'transaction':
      return frame.operations.reduce((sum, operation) => sum + bulkOf(operation), 0);
    case 'subscribe':
      return Buffer.byteLength(JSON.stringify(frame.from ?? ''));
    default:
      return 0;
  }
}
