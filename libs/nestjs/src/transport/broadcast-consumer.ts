import type { Client, ReceivedMessage, Subscription } from '@pochta/client';
import type { Consumer } from './consumer';
import type { Failure } from './failure';
import { reportFailure } from './failure-report';
import type { Counts } from './handler-counts';
import { reportGap, watchSubscription } from './membership';
import { handleMessage, type HandlingEnvironment } from './message-handling';
import { PochtaContext } from './pochta-context';
import type { CountedBinding } from './settlement';

/** A plain subscription: its handler gets every message, at most once, as does that of every other process. */
export class BroadcastConsumer implements Consumer {
  running = 0;
  #subscription: Subscription | undefined;
  /** Lets the next message in, when as many are being handled as may be. */
  #onRoom: (() => void) | undefined;
  #onIdle: (() => void)[] = [];

  constructor(
    private readonly binding: CountedBinding,
    private readonly environment: HandlingEnvironment,
  ) {}

  get place(): string {
    return this.binding.place;
  }

  get counts(): readonly Counts[] {
    return [this.binding.counts];
  }

  async open(client: Client, onLost: (error: Error) => void): Promise<void> {
    const { pattern, options } = this.binding;
    const { logger, signal } = this.environment;
    this.#subscription = await client.subscribe(pattern, {
      from: options.from,
      onMessage: (message) => this.#handle(message),
      onGap: (gap) => reportGap(logger, pattern, gap),
      signal,
    });
    watchSubscription(this.#subscription, onLost);
  }

  async close(): Promise<void> {
    await this.#subscription?.unsubscribe();
    if (this.running > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** The next message waits for the promise, if there is one. */
  #handle(message: ReceivedMessage): void | Promise<void> {
    const context = new PochtaContext(message, this.environment.signal);
    this.running++;
    handleMessage(this.environment, this.binding.handler, message, context, (failure) =>
      this.#handled(message, failure),
    );
    if (this.running >= (this.binding.options.concurrency ?? 1))
      return new Promise((resolve) => (this.#onRoom = resolve));
  }

  #handled(message: ReceivedMessage, failure: Failure | undefined): void {
    const { binding, environment } = this;
    if (failure === undefined) binding.counts.handled++;
    else reportFailure(environment.logger, binding, binding.counts, message, failure);
    this.running--;
    this.#onRoom?.();
    this.#onRoom = undefined;
    if (this.running === 0) for (const onIdle of this.#onIdle.splice(0)) onIdle();
  }
}
