import type { PublishOptions, RequestOptions } from '@pochta/client';
import { errorFor } from '@pochta/protocol';
import type { MessageOptions } from './message-options';

/** Data for `emit` or `send` with options of its own: see `PochtaRecordBuilder`. */
export class PochtaRecord<T = unknown> {
  constructor(
    readonly data: T,
    readonly options: MessageOptions = {},
  ) {}
}

/**
 * Builds what `emit` and `send` take instead of plain data, to say more of the message:
 *
 * ```ts
 * client.emit('reminders', new PochtaRecordBuilder(reminder).setKey('ann').setDelay(60_000).build());
 * ```
 *
 * Headers are for both, a timeout is for `send`, and everything else for `emit`; the other way round they are refused with
 * `INVALID_FRAME`, as are values out of range.
 */
export class PochtaRecordBuilder<T = unknown> {
  #options: MessageOptions = {};

  constructor(private data: T) {}

  setData<U>(data: U): PochtaRecordBuilder<U> {
    const other = new PochtaRecordBuilder(data);
    other.#options = this.#options;
    return other;
  }

  /** Free key/value pairs, passed on as they are; at most 64. */
  setHeaders(headers: Readonly<Record<string, string>>): this {
    return this.#with({ headers });
  }

  /** What messages that belong together share: the unit of order in a group and of compaction; 1 to 255 characters. */
  setKey(key: string): this {
    return this.#with({ key });
  }

  /** 0 (default) to 9, the highest. */
  setPriority(priority: number): this {
    return this.#with({ priority });
  }

  /** ms after which the message becomes due, up to 366 days. Not together with `setDeliverAt`. */
  setDelay(delay: number): this {
    return this.#with({ delay });
  }

  /** When the message becomes due, by the broker's clock; a number is ms since the epoch. */
  setDeliverAt(deliverAt: Date | number): this {
    return this.#with({ deliverAt: Number(deliverAt) });
  }

  /** ms that the message lives once it is due, at most 366 days. */
  setTtl(ttl: number): this {
    return this.#with({ ttl });
  }

  /** How a repeat is known within the topic's dedupe window; 1 to 255 characters. */
  setMessageId(messageId: string): this {
    return this.#with({ messageId });
  }

  /** ms until the reply, or between two parts of it; default the connection's `requestTimeout`. */
  setTimeout(timeout: number): this {
    return this.#with({ timeout });
  }

  build(): PochtaRecord<T> {
    return new PochtaRecord(this.data, this.#options);
  }

  #with(options: MessageOptions): this {
    this.#options = { ...this.#options, ...options };
    return this;
  }
}

/** The options of a record that is emitted. Throws `INVALID_FRAME` for one that is not for that. */
export function emitOptions({ options: { timeout, ...options } }: PochtaRecord): PublishOptions {
  if (timeout !== undefined) throw misplaced('timeout', 'send');
  return options;
}

/** Likewise of one that is sent. */
export function sendOptions({ options: { headers, timeout, ...others } }: PochtaRecord): RequestOptions {
  const [other] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (other !== undefined) throw misplaced(other, 'emit');
  return { headers, timeout };
}

function misplaced(option: string, verb: string): Error {
  return errorFor('INVALID_FRAME', `${option} is for ${verb} only`, { field: option });
}
