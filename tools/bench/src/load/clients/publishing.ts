import { HandledView } from '../handled-count';
import { measureSpan } from '../measured-span';
import { withinPatience } from '../patience';
import { NumberedMessages } from './numbered';
import type { PlainClient } from './plain-client';
import type { ClientFindings, FillWork, PublishWork } from './plan';

/** Publishes for the plan's time, and counts what is confirmed, or, with a subscriber, what it has taken. */
export async function publishFor(client: PlainClient, work: PublishWork): Promise<ClientFindings> {
  const { countPort } = work;
  const view = countPort === undefined ? undefined : await HandledView.open(countPort);
  const loop: PublishingLoop = new PublishingLoop(client, work, view && (() => view.count));
  view?.onChange(loop.publish);
  loop.publish();
  const findings = await measureSpan(work, loop.counted, loop.failed);
  loop.stop();
  await withinPatience('the last messages', loop.done());
  view?.close();
  return { ...findings, published: loop.published };
}

/** Resolves once all are confirmed. */
export async function fill(client: PlainClient, work: FillWork): Promise<void> {
  const loop = new PublishingLoop(client, work);
  loop.publish();
  await loop.done();
}

interface Looping {
  readonly payloadBytes: number;
  readonly window: number;
  /** After so many it ends. */
  readonly messages?: number;
}

class PublishingLoop {
  published = 0;
  readonly failed: Promise<never>;
  #confirmed = 0;
  #running = true;
  #fail!: (error: unknown) => void;
  #onDone: (() => void) | undefined;
  readonly #messages: NumberedMessages;

  constructor(
    private readonly client: PlainClient,
    private readonly work: Looping,
    private readonly taken?: () => number,
  ) {
    this.failed = new Promise<never>((_, reject) => (this.#fail = reject));
    this.failed.catch(() => undefined);
    this.#messages = new NumberedMessages(work.payloadBytes);
  }

  /** What is done with a message that counts. */
  readonly counted = (): number => (this.taken === undefined ? this.#confirmed : this.taken());

  /** As many as the window has places for. */
  readonly publish = (): void => {
    const { window, messages = Infinity } = this.work;
    while (this.#running && this.published - this.#settled() < window) {
      this.client.publish(this.#messages.next()).then(this.#confirm, this.#fail);
      if (++this.published === messages) this.stop();
    }
    if (this.#onDone !== undefined && this.#settled() === this.published) this.#onDone();
  };

  stop(): void {
    this.#running = false;
  }

  /** Resolves once all that was published is confirmed, and taken. */
  done(): Promise<void> {
    const settled = new Promise<void>((resolve) => (this.#onDone = resolve));
    this.publish();
    return Promise.race([settled, this.failed]);
  }

  readonly #confirm = (): void => {
    this.#confirmed++;
    this.publish();
  };

  #settled(): number {
    return Math.min(this.#confirmed, this.counted());
  }
}
