import type { RawPayload, RequestObserver } from '@pochta/client';
import { errorFor, type PochtaError } from '@pochta/protocol';
import type { Observer } from 'rxjs';
import type { CodecTable } from '../codecs/codec-table';
import { isPromise } from '../codecs/promises';
import { exceptionSaid } from '../handlers/rpc-exception';

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
      value = this.codecs.read(this.topic, reply);
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
    this.#inOrder(() => this.observer.error(exceptionSaid(error)));
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
