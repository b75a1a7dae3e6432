import type { GapFrame, SubscribeFrame, SuccessAnswer, UnsubscribeFrame } from '@pochta/protocol';
import type { Gap } from './subscription';
import type { PlacedPush } from './topic-positions';

/** Where a subscription stands with the broker. */
export type WireState =
  /** Never answered yet. */
  | 'new'
  /** The broker pushes, or will once it has answered. */
  | 'on'
  /** The consumer is behind, or there is no connection. */
  | 'off'
  | 'ended';

/** What a subscription needs of the connection, whichever it is just now. */
export interface SubscriptionWire {
  /** Bytes of a frame that the broker takes, as far as the client knows. */
  readonly maxFrameBytes: number;
  freshName(): string;
  /** Lets the broker push again, from where the subscription is. */
  putOn(subscription: WireSubscription): void;
  /** Has the broker stop pushing; resolves when it has, or cannot any more. Never rejects. */
  takeOff(subscription: WireSubscription): Promise<void>;
  /** Pushes with this name are ignored from here on. */
  unroute(name: string): void;
  forget(subscription: WireSubscription): void;
  onGap(gap: Gap): void;
  onHandlerFailed(topic: string, error: unknown, group?: string): void;
}

/** What the options of all subscriptions have. */
interface CommonOptions {
  readonly onGap?: (gap: Gap) => void;
  readonly signal?: AbortSignal;
}

/** A subscription as the wire sees it: its name and state there, and how it begins, goes on and ends. */
export abstract class WireSubscription {
  readonly closed: Promise<Error | undefined>;
  /** Its present name on the wire; a new one each time, so that pushes of an earlier turn are told apart. */
  name: string;
  state: WireState = 'new';
  /** How often in a row the broker could not resume it. */
  refusals = 0;
  /** Whether the broker has answered the last `subscribe`. */
  answered = false;
  #resolveClosed!: (error: Error | undefined) => void;

  constructor(
    readonly topic: string,
    private readonly common: CommonOptions,
    protected readonly wire: SubscriptionWire,
    /** The consumer group that it is a member of, if it is. */
    readonly group?: string,
  ) {
    this.name = wire.freshName();
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
  }

  /** Messages that its consumer works on. */
  abstract get handling(): number;
  /** Whether it should be put on the wire of a fresh connection. */
  abstract get resumable(): boolean;
  abstract subscribeFrame(id: number): SubscribeFrame;
  abstract accept(push: PlacedPush): void;
  abstract acceptGap(frame: GapFrame): void;
  /** Takes no more messages; resolves when the consumer has done with what it is to have. */
  abstract drain(): Promise<void>;
  /** Ends it from outside: the client closed, the broker will not have it, or its signal was aborted. */
  abstract end(error?: Error): void;

  unsubscribeFrame(id: number): UnsubscribeFrame {
    return { action: 'unsubscribe', id, subscription: this.name };
  }

  /** The broker has answered for the first time. */
  begin(answer: SuccessAnswer): void {
    this.state = 'on';
    this.common.signal?.addEventListener('abort', this.#abort);
    this.welcomed(answer);
  }

  /** The broker has answered to a `subscribe`, the first or a later one. */
  welcomed(_answer: SuccessAnswer): void {
    this.answered = true;
    this.refusals = 0;
  }

  connectionLost(): void {
    if (this.state === 'on') this.state = 'off';
  }

  /** The broker found a frame too large, perhaps its last `subscribe`. */
  frameRefused(): void {
    // Only one that can be shortened is.
  }

  /** Nothing more comes in; the broker is not told yet. Returns whether it still has the subscription. */
  protected stopIntake(): boolean {
    const wasOn = this.state === 'on';
    this.state = 'ended';
    this.wire.unroute(this.name);
    return wasOn;
  }

  /** The last act: others may subscribe in its place, and `closed` resolves. */
  protected finished(error: Error | undefined): void {
    // Not before: whoever drains may lose patience.
    this.common.signal?.removeEventListener('abort', this.#abort);
    this.wire.forget(this);
    this.#resolveClosed(error);
  }

  protected tellGap(gap: Gap): void {
    if (this.common.onGap === undefined) return this.wire.onGap(gap);
    try {
      this.common.onGap(gap);
    } catch (error) {
      this.wire.onHandlerFailed(this.topic, error, this.group);
    }
  }

  readonly #abort = (): void => this.end();
}
