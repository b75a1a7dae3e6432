import type { Event } from '../history/events';
import type { History } from '../history/history';
import type { StaleDeliveries } from '../history/stale-deliveries';
import type { RoundPlan } from '../plan/round-plan';
import type { CodecName } from '../wire/codecs';
import type { Answer, GapFrame, PushFrame } from '../wire/frames';
import type { Cut, Peer } from '../wire/peer';
import type { Line } from './line';
import { readPush } from './read-push';
import type { Work } from './work';

/** What the actors of a round share. */
export interface Stage {
  readonly plan: RoundPlan;
  readonly history: History;
  readonly line: Line;
  readonly work: Work;
  readonly stale: StaleDeliveries;
  /** A number for a request to settle. */
  nextRequest(): number;
}

/**
 * One peer of the broker, which connects again and goes on whenever its connection ends, until it has done its part.
 * While it is paused it reads nothing, and begins nothing.
 */
export abstract class Actor {
  protected peer: Peer | undefined;
  #paused = false;
  #finished = false;
  #onFinished: () => void = () => undefined;
  readonly #over: Promise<void>;
  #onReady: () => void = () => undefined;
  /** Resolves when it is connected, and subscribed if it subscribes, for the first time. */
  readonly ready: Promise<void>;

  constructor(
    readonly name: string,
    private readonly codec: CodecName,
    protected readonly stage: Stage,
  ) {
    this.#over = new Promise((resolve) => (this.#onFinished = resolve));
    this.ready = new Promise((resolve) => (this.#onReady = resolve));
  }

  get paused(): boolean {
    return this.#paused;
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** Resolves when it has done its part, or was told to stop. */
  async run(): Promise<void> {
    while (!this.#finished) {
      const closed = this.#connect();
      await Promise.race([closed, this.#over]);
    }
    this.peer?.close();
  }

  pause(): void {
    this.#paused = true;
    this.peer?.pauseReading();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.peer?.resumeReading();
    if (this.peer !== undefined) this.goOn();
  }

  /** Ends its connection, if there is one. */
  cut(how: Cut): void {
    this.peer?.cut(how);
  }

  /** It does not connect again, and hears no more. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#onFinished();
  }

  /** A connection is there. */
  protected abstract onOpen(peer: Peer): void;
  /** The connection has ended. */
  protected abstract onLost(): void;
  /** It may do what it put off while it was paused. */
  protected abstract goOn(): void;
  protected abstract onPush(push: PushFrame, id: string): void;
  protected onGap(_gap: GapFrame): void {}

  protected isReady(): void {
    this.#onReady();
  }

  protected note(event: Event): void {
    this.stage.history.add(event);
  }

  protected unexpected(text: string): void {
    this.note({ type: 'unexpected', at: Date.now(), actor: this.name, text });
  }

  protected unexpectedAnswer(to: string, answer: Answer): void {
    this.unexpected(`${to} was answered ${JSON.stringify(answer)}`);
  }

  async #connect(): Promise<void> {
    let onClosed: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (onClosed = resolve));
    const peer = await this.stage.line.connect(this.codec, (connection) => ({
      onPush: (push) => this.#onPush(push, connection),
      onGap: (gap) => this.#onGap(gap, connection),
      onNonsense: (text) => this.unexpected(text),
      onClosed: () => {
        this.note({ type: 'closed', at: Date.now(), actor: this.name, connection });
        this.peer = undefined;
        this.onLost();
        onClosed();
      },
    }));
    if (this.#finished) return peer.close();
    const opened: Event = { type: 'opened', at: Date.now(), actor: this.name, connection: peer.number };
    this.note(opened);
    this.stage.stale.isStale(opened);
    this.peer = peer;
    if (this.#paused) peer.pauseReading();
    this.onOpen(peer);
    await closed;
  }

  #onPush(push: PushFrame, connection: number): void {
    if (this.#finished || this.peer === undefined) return;
    const delivered = readPush(push, this.name, connection, this.peer.asOf);
    if (delivered === undefined)
      return this.unexpected(`a push that nobody published: ${JSON.stringify(push)}`);
    this.note(delivered);
    const { topic, group, id } = delivered;
    // What lay in a socket while others settled it is not to be settled again.
    if (!this.stage.stale.isStale(delivered) && group !== undefined)
      this.stage.work.delivered(topic, group, id);
    this.onPush(push, id);
  }

  #onGap({ topic, group, from, to, reason }: GapFrame, connection: number): void {
    if (this.#finished) return;
    const at = Date.now();
    this.note({ type: 'gap', at, actor: this.name, connection, topic, group, from, to, reason });
    this.onGap({ type: 'gap', topic, group, from, to, reason });
  }
}
