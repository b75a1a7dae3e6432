import { PochtaError, errorFor } from '@pochta/protocol';
import { checkPublish, checkTopic } from '../argument-checks';
import type { WaitOptions } from '../client';
import { abortError } from '../errors';
import { checkBytes, RawPayload, toJson } from '../payload';
import type { PublishManyOptions, PublishOptions, RawPublishOptions } from './publish-options';
import { AbortableSlot, ManyOutcome, ManySlot, toAttributes } from './publish-slots';
import type { PreparedPublish } from './prepared-publish';
import type { Publisher } from './publisher';

const NO_OPTIONS: PublishOptions = {};

let captured: (failure?: Promise<never>) => void;
/** Remembers the `resolve` of the promise that is made just now: a function for each would cost as much as the promise. */
const capture = (resolve: typeof captured): void => {
  captured = resolve;
};

/** The callers' side of publishing: checks what comes in, and gives out the promises. */
export class PublishIntake {
  /** Why nothing is taken any more. */
  #closed: PochtaError | undefined;
  /** Saves checking the name again: most publishes go where the last one went. */
  #lastTopic: string | null = null;

  constructor(private readonly publisher: Publisher) {}

  publish(topic: string, value: unknown, options: PublishOptions | undefined): Promise<void> {
    try {
      if (options === undefined && !(value instanceof RawPayload))
        return this.#takePlain(topic, toJson(value));
      return this.#take(this.prepare(topic, value, options), options?.signal);
    } catch (error) {
      return refused(error);
    }
  }

  publishRaw(topic: string, bytes: Uint8Array, options: RawPublishOptions | undefined): Promise<void> {
    try {
      return this.#take(this.prepareRaw(topic, bytes, options), options?.signal);
    } catch (error) {
      return refused(error);
    }
  }

  /** All are taken, or none. */
  publishMany(
    topic: string,
    values: readonly unknown[],
    options: PublishManyOptions | undefined,
  ): Promise<void> {
    if (values.length === 0) return Promise.resolve();
    try {
      // One message id would make repeats of all but the first.
      const shared = options && { ...options, messageId: undefined };
      const publishes = values.map((value) => this.prepare(topic, value, shared));
      const bytes = publishes.reduce((sum, { payload }) => sum + payload.length, 0);
      this.#checkRoom(publishes.length, bytes, options?.signal);
      publishes.forEach((publish) => this.publisher.checkSize(publish));
      return this.#takeMany(publishes, options?.signal);
    } catch (error) {
      return refused(error);
    }
  }

  flush({ signal }: WaitOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortError(signal));
      const abort = () => {
        forget();
        reject(abortError(signal!));
      };
      const forget = this.publisher.whenFlushed(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Checks a publish. Throws `INVALID_FRAME`. */
  prepare(topic: string, value: unknown, options: PublishOptions | undefined): PreparedPublish {
    if (!(value instanceof RawPayload)) return this.#prepare(topic, toJson(value), options, undefined);
    return this.prepareRaw(topic, value.bytes, options, value.contentType);
  }

  /** As `prepare`, for bytes. */
  prepareRaw(
    topic: string,
    bytes: Uint8Array,
    options: RawPublishOptions | undefined,
    contentType = options?.contentType,
  ): PreparedPublish {
    return this.#prepare(topic, checkBytes(bytes, contentType), options, contentType);
  }

  /** Throws why nothing is taken any more, if so. */
  checkOpen(): void {
    if (this.#closed !== undefined) throw this.#closed;
  }

  /** Takes nothing from here on. */
  close(error: PochtaError): void {
    this.#closed ??= error;
  }

  #prepare(
    topic: string,
    payload: string | Uint8Array,
    options: PublishOptions | undefined,
    contentType: string | undefined,
  ): PreparedPublish {
    this.#checkTopic(topic);
    if (options === undefined && contentType === undefined) return { topic, payload };
    const given = options ?? NO_OPTIONS;
    checkPublish(given);
    return { topic, payload, attributes: toAttributes(given, contentType), messageId: given.messageId };
  }

  #checkTopic(topic: string): void {
    if (topic !== this.#lastTopic) checkTopic(topic);
    this.#lastTopic = topic;
  }

  #checkRoom(count: number, bytes: number, signal: AbortSignal | undefined): void {
    this.checkOpen();
    if (signal?.aborted) throw abortError(signal);
    const refusal = this.publisher.refusal(count, bytes);
    if (refusal !== undefined) throw refusal;
  }

  /** As `#take`, for most publishes: those with nothing but their value. Whatever is made for each is made often. */
  #takePlain(topic: string, payload: string): Promise<void> {
    this.#checkTopic(topic);
    this.#checkRoom(1, payload.length, undefined);
    if (!this.publisher.surelyFits(payload)) this.publisher.checkSize({ topic, payload });
    const promise = new Promise(capture);
    this.publisher.addPlain(topic, payload, captured);
    return promise;
  }

  #take(publish: PreparedPublish, signal: AbortSignal | undefined): Promise<void> {
    this.#checkRoom(1, publish.payload.length, signal);
    this.publisher.checkSize(publish);
    return new Promise((resolve, reject) => {
      if (signal === undefined) {
        this.publisher.add(publish, resolve);
        return;
      }
      const slot = new AbortableSlot(resolve, reject, signal);
      const place = this.publisher.add(publish, slot);
      slot.onAbort = (error) => this.publisher.abandon(place, error);
    });
  }

  #takeMany(publishes: readonly PreparedPublish[], signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = () => signal?.removeEventListener('abort', abort);
      const outcome = new ManyOutcome(
        publishes.length,
        () => (settled(), resolve()),
        (error) => (settled(), reject(error)),
      );
      const places = publishes.map((publish, index) =>
        this.publisher.add(publish, new ManySlot(outcome, index)),
      );
      const abort = () => {
        for (const place of places) this.publisher.abandon(place, abortError(signal!));
      };
      signal?.addEventListener('abort', abort);
    });
  }
}

function refused(error: unknown): Promise<never> {
  return Promise.reject(
    error instanceof PochtaError ? error : errorFor('INTERNAL', String(error), { cause: error }),
  );
}
