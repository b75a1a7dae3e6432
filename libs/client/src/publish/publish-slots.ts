import type { MessageAttributes, PochtaError } from '@pochta/protocol';
import { PublishManyError, abortError, type PublishFailure } from '../errors';
import type { PublishSlot } from './publish-batch';
import type { PublishManyOptions } from './publish-options';

/** The slot of a publish that can be aborted. */
export class AbortableSlot implements PublishSlot {
  /** What to do when the signal fires. */
  onAbort: ((error: PochtaError) => void) | undefined;

  constructor(
    private readonly resolve: () => void,
    private readonly reject: (error: PochtaError) => void,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', this.#abort);
  }

  confirmed(): void {
    this.signal.removeEventListener('abort', this.#abort);
    this.resolve();
  }

  failed(error: PochtaError): void {
    this.signal.removeEventListener('abort', this.#abort);
    this.reject(error);
  }

  readonly #abort = (): void => this.onAbort?.(abortError(this.signal));
}

/** Gathers the outcomes of one `publishMany`. */
export class ManyOutcome {
  readonly #failures: PublishFailure[] = [];
  #open: number;

  constructor(
    private readonly total: number,
    private readonly resolve: () => void,
    private readonly reject: (error: PochtaError) => void,
  ) {
    this.#open = total;
  }

  settled(index: number, error: PochtaError | undefined): void {
    if (error !== undefined) this.#failures.push({ index, error });
    if (--this.#open > 0) return;
    if (this.#failures.length === 0) return this.resolve();
    this.#failures.sort((a, b) => a.index - b.index);
    this.reject(new PublishManyError(this.#failures, this.total));
  }
}

/** The slot of one value of a `publishMany`. */
export class ManySlot implements PublishSlot {
  constructor(
    private readonly outcome: ManyOutcome,
    private readonly index: number,
  ) {}

  confirmed(): void {
    this.outcome.settled(this.index, undefined);
  }

  failed(error: PochtaError): void {
    this.outcome.settled(this.index, error);
  }
}

/** The options that go with each message; `undefined` when there are none, as for most. */
export function toAttributes(
  options: PublishManyOptions,
  contentType: string | undefined,
): MessageAttributes | undefined {
  const { headers, key, priority, delay, deliverAt, ttl } = options;
  if ((headers ?? key ?? priority ?? delay ?? deliverAt ?? ttl ?? contentType) === undefined)
    return undefined;
  return { headers, key, priority, delay, deliverAt, ttl, contentType };
}
