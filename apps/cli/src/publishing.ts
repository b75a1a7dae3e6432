import { type Client, PochtaError, type PublishOptions, type RawPublishOptions } from '@pochta/client';
import { described, report, sayFailure } from './failure';
import { interrupted, interruptedCode } from './interruption';
import { say } from './output';
import { printable } from './printable';

/** Bytes and messages on their way to the broker at most. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_MESSAGES = 10_000;

/** Refused lines that are told one by one; the count tells the rest. */
const MOST_TOLD = 10;

/** ms for confirms that are on their way when Ctrl+C ends the work. */
const GRACE = 1000;

/** ms between two looks of a person at the progress. */
const PROGRESS_INTERVAL = 200;

/** Publishes to a topic, counts, and tells what was refused. */
export class Publishing {
  #given = 0;
  #stored = 0;
  #refused = 0;
  #bytes = 0;
  #room: (() => void) | undefined;
  readonly #showsProgress: boolean;

  constructor(
    private readonly client: Client,
    private readonly topic: string,
    private readonly quiet: boolean,
  ) {
    this.#showsProgress = !quiet && process.stderr.isTTY === true;
  }

  /** Whether the broker has refused a message. */
  get failed(): boolean {
    return this.#refused > 0;
  }

  /** Has something published, waits for what is on its way, counts, and sets the exit code. */
  async run(publish: () => Promise<void>): Promise<void> {
    const progress = this.#showsProgress ? setInterval(() => this.#draw(), PROGRESS_INTERVAL) : undefined;
    const failure = await publish().then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    await this.#confirmations();
    clearInterval(progress);
    if (this.#showsProgress) process.stderr.write('\r\x1b[K');
    if (failure !== undefined) process.exitCode = report(failure.error);
    if (this.failed) process.exitCode = 1;
    if (interrupted.aborted) process.exitCode = interruptedCode();
    if (!this.quiet) say(this.#count());
  }

  /** Publishes the only message. Throws what the broker refuses it with. */
  async one(payload: Uint8Array, options: RawPublishOptions): Promise<void> {
    this.#given += 1;
    await this.client.publishRaw(this.topic, payload, { ...options, signal: interrupted });
    this.#stored += 1;
  }

  /** Publishes one of many; resolves when there is room for the next. */
  async line(number: number, json: Uint8Array, options: PublishOptions): Promise<void> {
    this.#given += 1;
    this.#bytes += json.length;
    this.client
      .publishRaw(this.topic, json, options)
      .then(
        () => (this.#stored += 1),
        (error: unknown) => this.#tell(number, error),
      )
      .finally(() => this.#confirmed(json.length))
      .catch(() => undefined);
    if (this.#isFull) await new Promise<void>((resolve) => (this.#room = resolve));
  }

  /** Ctrl+C ends the wait for a broker that is gone, and leaves one that is there some time to confirm. */
  async #confirmations(): Promise<void> {
    await this.client.flush({ signal: interrupted }).catch(() => undefined);
    if (!interrupted.aborted) return;
    await this.client.flush({ signal: AbortSignal.timeout(GRACE) }).catch(() => undefined);
  }

  get #isFull(): boolean {
    return !interrupted.aborted && (this.#bytes > MOST_BYTES || this.client.unconfirmed > MOST_MESSAGES);
  }

  #confirmed(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#room === undefined || this.#isFull) return;
    this.#room();
    this.#room = undefined;
  }

  #tell(number: number, error: unknown): void {
    if (error instanceof PochtaError && interrupted.aborted) return;
    this.#refused += 1;
    if (this.#refused > MOST_TOLD) return;
    const { code, text } = described(error);
    sayFailure(code, `line ${number}: ${text}`);
  }

  #draw(): void {
    process.stderr.write(`\r\x1b[K${this.#stored} published`);
  }

  #count(): string {
    const stored = `${this.#stored} ${this.#stored === 1 ? 'message' : 'messages'} published to ${this.topic}.`;
    const left = this.#given - this.#stored;
    return printable(left === 0 ? stored : `${stored} ${left} not.`);
  }
}
