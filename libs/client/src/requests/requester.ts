import {
  MAX_WAIT,
  errorFor,
  type PochtaError,
  type RequestFrame,
  type SuccessAnswer,
} from '@pochta/protocol';
import { checkHeaders, checkInteger } from '../argument-checks';
import type { CallObserver, CallOptions, Calls } from '../connection/calls';
import { Fifo } from '../fifo';
import { RawPayload, toPayload } from '../payload';
import type { RequestObserver, RequestOptions } from './requests';

/** Parts of one reply that may wait for the caller. `BUFFER_FULL`. */
const MAX_PARTS = 65_536;
/** Bytes of those. `BUFFER_FULL`. */
const MAX_PARTS_BYTES = 64 * 1024 * 1024;

type OnFailed = (topic: string, error: unknown) => void;

/** Tells a caller's observer of its request; what it throws must not reach the connection. */
class ReplyTeller implements CallObserver {
  constructor(
    private readonly topic: string,
    private readonly observer: RequestObserver,
    private readonly onObserverFailed: OnFailed,
  ) {}

  onAnswer({ message, more, end }: SuccessAnswer): void {
    try {
      if (end === true) this.observer.onEnd();
      else this.observer.onReply(payloadOf(message), more === true);
    } catch (error) {
      this.onObserverFailed(this.topic, error);
    }
  }

  onFailed(error: PochtaError): void {
    try {
      this.observer.onError(error);
    } catch (thrown) {
      this.onObserverFailed(this.topic, thrown);
    }
  }
}

/** Requests to responders: with one reply, or with a reply in parts. */
export class Requester {
  constructor(
    private readonly calls: Calls,
    private readonly defaultTimeout: number,
    private readonly onObserverFailed: OnFailed,
  ) {}

  /** Returns a function that gives up, without a word to the observer. Throws `INVALID_FRAME`. */
  start(topic: string, value: unknown, observer: RequestObserver, options: RequestOptions): () => void {
    const { timeout = this.defaultTimeout, headers, signal } = options;
    checkInteger('timeout', timeout, 1, MAX_WAIT);
    checkHeaders(headers);
    const message = toPayload(value);
    const frame = (id: number): RequestFrame => ({ action: 'request', id, topic, message, headers, timeout });
    const callOptions: CallOptions = { timeout, signal, onGivenUp: this.#cancel };
    const call = this.calls.start(
      frame,
      new ReplyTeller(topic, observer, this.onObserverFailed),
      callOptions,
    );
    return () => call?.giveUp();
  }

  /** Resolves with the reply, or the first part of it; `undefined` when it has none. Throws `INVALID_FRAME`. */
  request(topic: string, value: unknown, options: RequestOptions): Promise<RawPayload | undefined> {
    return new Promise((resolve, reject) => {
      const onReply = (reply: RawPayload, more: boolean) => {
        // The rest of a reply in parts is not wanted.
        if (more) giveUp();
        resolve(reply);
      };
      const observer = { onReply, onEnd: () => resolve(undefined), onError: reject };
      const giveUp = this.start(topic, value, observer, options);
    });
  }

  /** Throws `INVALID_FRAME`. */
  async *requestMany(topic: string, value: unknown, options: RequestOptions): AsyncGenerator<RawPayload> {
    const parts = new Fifo<RawPayload>();
    let waiting = 0;
    let failure: Error | undefined;
    let over = false;
    let wake: () => void = () => undefined;
    const onReply = (part: RawPayload, more: boolean) => {
      parts.push(part);
      waiting += part.bytes.length;
      over = !more;
      if (parts.size > MAX_PARTS || waiting > MAX_PARTS_BYTES) {
        const text = `More than ${MAX_PARTS} parts of the reply, or ${MAX_PARTS_BYTES} bytes, wait`;
        failure = errorFor('BUFFER_FULL', text);
        giveUp();
      }
      wake();
    };
    const onEnd = () => {
      over = true;
      wake();
    };
    const onError = (error: Error) => {
      failure = error;
      wake();
    };
    const giveUp = this.start(topic, value, { onReply, onEnd, onError }, options);
    try {
      for (;;) {
        const part = parts.shift();
        if (part !== undefined) {
          waiting -= part.bytes.length;
          yield part;
        } else if (failure !== undefined) throw failure;
        else if (over) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      giveUp();
    }
  }

  readonly #cancel = (id: number): void => this.calls.cancel(id);
}

function payloadOf(message: SuccessAnswer['message']): RawPayload {
  if (typeof message === 'string') return new RawPayload(Buffer.from(JSON.stringify(message)));
  return new RawPayload(message.bytes, message.contentType);
}
