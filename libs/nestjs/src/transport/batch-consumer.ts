import { DEFAULT_PREFETCH, MAX_PREFETCH } from '@pochta/protocol';
import type { Client, Delivery, GroupSubscription } from '@pochta/client';
import { isPromise } from '../codecs/promises';
import type { Span } from '../telemetry/telemetry';
import type { Consumer } from './consumer';
import { type Failure, textOf, unfit } from './failure';
import { countDone, type Counts } from './handler-counts';
import { subscribeAsMember, watchSubscription } from './membership';
import {
  deliverSpan,
  type HandlingEnvironment,
  runEventHandler,
  settled,
  undecodable,
} from './message-handling';
import { validated } from './payload-validation';
import { PochtaBatchContext, PochtaContext } from './pochta-context';
import { type CountedBinding, settleFailed } from './settlement';

const DEFAULT_WAIT = 50;

/** A message that waits for its batch, or is in one. */
interface Member {
  readonly delivery: Delivery;
  readonly value: unknown;
  /** The client acks what nobody has settled then. */
  readonly release: () => void;
  readonly span: Span | undefined;
}

/** A membership in a consumer group whose handler gets several messages at a time. */
export class BatchConsumer implements Consumer {
  running = 0;
  readonly #size: number;
  /** Batches that the handler works on at a time. */
  readonly #concurrency: number;
  #batches = 0;
  #waiting: Member[] = [];
  /** When the oldest that waits has waited enough. */
  #timer: NodeJS.Timeout | undefined;
  #due = false;
  #closing = false;
  /** The last message whose payload is not read yet. */
  #reading: Promise<void> | undefined;
  #subscription: GroupSubscription | undefined;

  constructor(
    private readonly binding: CountedBinding,
    private readonly environment: HandlingEnvironment,
  ) {
    this.#size = binding.options.batch!.size;
    this.#concurrency = binding.options.concurrency ?? 1;
  }

  get place(): string {
    return this.binding.place;
  }

  get counts(): readonly Counts[] {
    return [this.binding.counts];
  }

  async open(client: Client, onLost: (error: Error) => void): Promise<void> {
    const { pattern, options } = this.binding;
    const { logger, signal } = this.environment;
    // One batch fills while others are being handled.
    const wanted = Math.min(this.#size * (this.#concurrency + 1), MAX_PREFETCH);
    const prefetch = Math.max(options.prefetch ?? Math.max(DEFAULT_PREFETCH, wanted), this.#size);
    const onMessage = (delivery: Delivery) => this.#add(delivery);
    const member = { ...options, prefetch, concurrency: wanted };
    this.#subscription = await subscribeAsMember(client, pattern, member, { onMessage, logger, signal });
    watchSubscription(this.#subscription, onLost);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const drained = this.#subscription?.drain();
    this.#work();
    await drained;
  }

  #add(delivery: Delivery): Promise<void> {
    const span = deliverSpan(this.environment.connection, delivery);
    return new Promise((release) => {
      const put = (value: unknown): void => {
        this.#waiting.push({ delivery, value, release, span });
        this.#work();
      };
      const fail = (failure: Failure): void => {
        settleFailed(this.binding, delivery, failure, this.environment.logger);
        settled(span, failure);
        release();
      };
      this.#read(delivery, put, fail);
    });
  }

  /** Decodes and checks the payload; what comes later is told later. */
  #read(delivery: Delivery, put: (value: unknown) => void, fail: (failure: Failure) => void): void {
    const type = this.binding.declaration?.definition?.payload;
    let value: unknown;
    try {
      value = this.environment.connection.codecs.read(delivery.topic, delivery);
    } catch (error) {
      return fail(undecodable(error));
    }
    const check = (decoded: unknown): unknown => (type === undefined ? decoded : validated(type, decoded));
    const checked = isPromise(value)
      ? value.catch((error: unknown) => Promise.reject(new Error(undecodable(error).reason))).then(check)
      : check(value);
    if (this.#reading === undefined && !isPromise(checked)) return put(checked);
    const turn = Promise.allSettled([checked, this.#reading]).then(([read]) => {
      if (this.#reading === turn) this.#reading = undefined;
      if (read.status === 'fulfilled') put(read.value);
      else fail(unfit(textOf(read.reason)));
    });
    this.#reading = turn;
  }

  /** Begins the batches that are full, or that have waited long enough. */
  #work(): void {
    while (this.#batches < this.#concurrency && this.#waiting.length > 0) {
      if (this.#waiting.length < this.#size && !this.#due && !this.#closing) break;
      this.#begin(this.#waiting.splice(0, this.#size));
    }
    if (this.#waiting.length > 0) {
      this.#timer ??= setTimeout(() => {
        this.#due = true;
        this.#work();
      }, this.binding.options.batch!.wait ?? DEFAULT_WAIT);
    }
  }

  #begin(members: readonly Member[]): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = false;
    // What was taken back while it waited comes again, and must not be handled twice.
    for (const { delivery, release, span } of members) {
      if (delivery.open) continue;
      settled(span, undefined);
      release();
    }
    const current = members.filter(({ delivery }) => delivery.open);
    if (current.length === 0) return;
    this.#batches++;
    this.running += current.length;
    const { signal } = this.environment;
    const contexts = current.map(({ delivery }) => new PochtaContext(delivery, signal));
    const context = new PochtaBatchContext(contexts, signal);
    const values = current.map(({ value }) => value);
    const batch = current.map(({ delivery: { headers } }) => headers);
    const facts = { ...factsOf(current[0].delivery), batch };
    runEventHandler(this.environment, this.binding.handler, values, context, facts, (failure) =>
      this.#ended(current, contexts, failure),
    );
  }

  #ended(members: readonly Member[], contexts: readonly PochtaContext[], failure: Failure | undefined): void {
    this.#batches--;
    this.running -= members.length;
    for (const [index, { delivery, release, span }] of members.entries()) {
      const { settledBy } = contexts[index];
      if (failure === undefined || settledBy !== undefined) countDone(this.binding.counts, settledBy);
      else if (delivery.open) settleFailed(this.binding, delivery, failure, this.environment.logger);
      settled(span, failure);
      release();
    }
    this.#work();
  }
}

function factsOf({ topic, group, sequence, headers, bytes }: Delivery) {
  return { topic, group, sequence, headers, bytes };
}
