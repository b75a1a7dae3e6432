import { ResponderError, type RawPayload, type RequestObserver } from '@pochta/client';
import { errorFor, type PochtaError } from '@pochta/protocol';
import type { Observer } from 'rxjs';
import type { CodecTable } from '../codecs/codec-table';
import { isPromise } from './payload-writer';

/** The code of an error reply that carries what a Nest handler's exception said, as JSON text in its message. */
export const RPC_EXCEPTION = 'RPC_EXCEPTION';

/** Parts of one reply whose asynchronous decoding may be under way. `BUFFER_FULL`. */
const MAX_DECODING = 65_536;

/** Reads the parts of one reply by their codecs, and tells them in their order. */
export class ReplyReader implements RequestObserver {
  /** Whether the reply is whole, or given up, so that there is nothing left to give up. */
  over = false;
  #decoding: Promise<unknown> | undefined;
  #waiting = 0;

  constructor(
    private readonly topic: string,
    private readonly codecs: CodecTable,
    private readonly observer: Observer<unknown>,
  ) {}

  onReply(reply: RawPayload, more: boolean): void {
    this.over ||= !more;
    let value: unknown;
    try {
      const codec = this.codecs.forContent(this.topic, reply.contentType);
      value = codec === undefined ? reply.bytes : codec.decode(reply.bytes, this.topic);
    } catch (error) {
      return this.#inOrder(() => this.observer.error(error));
    }
    if (isPromise(value)) return this.#later(value, more);
    this.#inOrder(() => this.#tell(value, more));
  }

  onEnd(): void {
    this.over = true;
    this.#inOrder(() => this.observer.complete());
  }

  onError(error: PochtaError): void {
    this.over = true;
    this.#inOrder(() => this.observer.error(replyError(error)));
  }

  #tell(value: unknown, more: boolean): void {
    this.observer.next(value);
    if (!more) this.observer.complete();
  }

  #inOrder(tell: () => void): void {
    if (this.#decoding === undefined) tell();
    else this.#decoding = this.#decoding.then(tell);
  }

  #later(value: Promise<unknown>, more: boolean): void {
    if (++this.#waiting > MAX_DECODING) {
      value.catch(() => undefined);
      this.observer.error(errorFor('BUFFER_FULL', `More than ${MAX_DECODING} parts of the reply wait`));
      return;
    }
    const decoded = value.then(
      (part) => () => this.#tell(part, more),
      (error: unknown) => () => this.observer.error(error),
    );
    this.#decoding = Promise.all([decoded, this.#decoding]).then(([tell]) => {
      this.#waiting--;
      tell();
    });
  }
}

/** What a requester is told: what the handler's exception said, as with any of Nest's transports, or the `PochtaError`. */
function replyError(error: PochtaError): unknown {
  if (!(error instanceof ResponderError) || error.responderCode !== RPC_EXCEPTION) return error;
  try {
    return JSON.parse(error.message) as unknown;
  } catch {
    return error;
  }
}
