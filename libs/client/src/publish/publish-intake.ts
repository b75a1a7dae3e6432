import { PochtaError, errorFor } from '@pochta/protocol';
import { checkPublish, checkTopic } from '../argument-checks';
import type { WaitOptions } from '../client';
import { abortError } from '../errors';
import { checkJson, toJson } from '../payload';
import type { PublishManyOptions, PublishOptions } from './publish-options';
import { AbortableSlot, ManyOutcome, ManySlot, SingleSlot, toAttributes } from './publish-slots';
import type { PreparedPublish, Publisher } from './publisher';

/** The callers' side of publishing: checks what comes in, and gives out the promises. */
export class PublishIntake {
  /** Why nothing is taken any more. */
  #closed: PochtaError | undefined;
  /** Saves checking the name again: most publishes go where the last one went. */
  #lastTopic: string | null = null;

  constructor(private readonly publisher: Publisher) {}

  publish(topic: string, value: unknown, options: PublishOptions | undefined): Promise<void> {
    try {
      return this.#take(this.prepare(topic, toJson(value), options), options?.signal);
    } catch (error) {
      return refused(error);
    }
  }

  publishRaw(topic: string, json: Uint8Array, options: PublishOptions | undefined): Promise<void> {
    try {
      return this.#take(this.prepare(topic, checkJson(json), options), options?.signal);
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
      const [first, ...others] = values;
      // One message id would make repeats of all but the first.
      const prepared = this.prepare(topic, toJson(first), options && { ...options, messageId: undefined });
      const publishes = [prepared, ...others.map((value) => ({ ...prepared, json: toJson(value) }))];
      const bytes = publishes.reduce((sum, { json }) => sum + json.length, 0);
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
  prepare(topic: string, json: string | Uint8Array, options: PublishOptions | undefined): PreparedPublish {
    this.#checkTopic(topic);
    if (options === undefined) return { topic, json };
    checkPublish(options);
    return { topic, json, attributes: toAttributes(options), messageId: options.messageId };
  }

  /** Throws why nothing is taken any more, if so. */
  checkOpen(): void {
    if (this.#closed !== undefined) throw this.#closed;
  }

  /** Takes nothing from here on. */
  close(error: PochtaError): void {
    this.#closed ??= error;
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

  #take(publish: PreparedPublish, signal: AbortSignal | undefined): Promise<void> {
    this.#checkRoom(1, publish.json.length, signal);
    this.publisher.checkSize(publish);
    return new Promise((resolve, reject) => {
      if (signal === undefined) {
        this.publisher.add(publish, new SingleSlot(resolve, reject));
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
