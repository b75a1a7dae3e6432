import type { OpenRequest } from './open-request';
import type { Responder } from './requests';

/** A topic's handler, and how many requests it works on. */
export class TopicResponder implements Responder {
  /** The broker has answered to its registration. */
  registered = false;
  #running = 0;
  #onIdle: (() => void)[] = [];
  #unlisten: (() => void) | undefined;
  #stopping: Promise<unknown> | undefined;

  constructor(
    readonly topic: string,
    /** Must not throw. */
    readonly handle: (request: OpenRequest, responder: TopicResponder) => void,
    /** Has the broker send no more; resolves when it does not, or cannot. Never rejects. */
    private readonly takeBack: (responder: TopicResponder) => Promise<void>,
  ) {}

  /** Requests that are not answered, and handlers that are not done. */
  get running(): number {
    return this.#running;
  }

  get stopped(): boolean {
    return this.#stopping !== undefined;
  }

  /** Something is under way, until as many calls of `leave`. */
  enter(): void {
    this.#running++;
  }

  leave(): void {
    if (--this.#running === 0) for (const done of this.#onIdle.splice(0)) done();
  }

  listenTo(signal: AbortSignal | undefined): void {
    const stop = () => void this.stop();
    signal?.addEventListener('abort', stop);
    this.#unlisten = () => signal?.removeEventListener('abort', stop);
  }

  async stop(): Promise<void> {
    this.#unlisten?.();
    this.#stopping ??= this.takeBack(this);
    await this.#stopping;
    if (this.#running > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }
}
