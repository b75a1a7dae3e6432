import {
  errorFor,
  type GapFrame,
  type SubscribeFrame,
  type SuccessAnswer,
  type UnsubscribeFrame,
} from '@pochta/protocol';
import { Inbox } from './inbox';
import type { ReceivedMessage } from './received-message';
import type { Gap, SubscribeOptions, Subscription } from './subscription';
import { TopicPositions, type PlacedPush } from './topic-positions';

const DEFAULT_BUFFER_SIZE = 4096;
const DEFAULT_BUFFER_BYTES = 8 * 1024 * 1024;
/** Share of the buffer at which the subscription leaves the wire: what is under way still has room. */
const LEAVE_AT = 1 / 2;
/** Share at which it comes back. */
const RETURN_AT = 1 / 4;

/** Bytes of a `subscribe` beside its `from`: topic, name, id. */
const ENVELOPE_BYTES = 2048;

/** Where a subscription stands with the broker. */
type WireState =
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
  onHandlerFailed(topic: string, error: unknown): void;
}

/** A subscription's two sides: its position on the wire, and what waits for the consumer. */
export class WireSubscription implements Subscription {
  readonly closed: Promise<Error | undefined>;
  /** Its present name on the wire; a new one each time, so that pushes of an earlier turn are told apart. */
  name: string;
  state: WireState = 'new';
  /** How often in a row the broker could not resume it. */
  refusals = 0;
  /** Whether the broker has answered the last `subscribe`. */
  answered = false;
  readonly #positions: TopicPositions;
  readonly #inbox: Inbox<unknown>;
  readonly #bufferSize: number;
  readonly #bufferBytes: number;
  #resolveClosed!: (error: Error | undefined) => void;
  #error: Error | undefined;
  #behind = false;
  #maxFrameBytes: number;

  constructor(
    readonly topic: string,
    private readonly options: SubscribeOptions,
    private readonly wire: SubscriptionWire,
  ) {
    this.name = wire.freshName();
    this.#maxFrameBytes = wire.maxFrameBytes;
    this.#positions = new TopicPositions(topic, options.from ?? 'earliest');
    this.#bufferSize = options.bufferSize ?? DEFAULT_BUFFER_SIZE;
    this.#bufferBytes = options.bufferBytes ?? DEFAULT_BUFFER_BYTES;
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    this.#inbox = new Inbox(options.onMessage, {
      onTaken: () => this.#catchUp(),
      onGap: (gap) => this.#tellGap(gap),
      onFailed: (error) => wire.onHandlerFailed(topic, error),
      onDone: () => this.#done(),
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<ReceivedMessage> {
    if (this.options.onMessage !== undefined)
      throw errorFor('NOT_SUPPORTED', 'onMessage receives the messages');
    return this.#inbox;
  }

  async unsubscribe(): Promise<void> {
    const left = this.#leave();
    this.#inbox.end();
    await left;
  }

  async drain(): Promise<void> {
    const left = this.#leave();
    this.#inbox.finish();
    await left;
    await this.closed;
  }

  /** The broker has answered for the first time. */
  begin(answer: SuccessAnswer): void {
    this.state = 'on';
    this.answered = true;
    this.#positions.began(answer);
    this.options.signal?.addEventListener('abort', this.#abort);
    // Not before whoever awaits `subscribe` holds the subscription.
    if (this.options.onMessage !== undefined) setImmediate(() => this.#inbox.start());
  }

  /** Ends it from outside: the client closed, or the broker will not have it. */
  end(error?: Error): void {
    this.#error = error;
    this.#inbox.end(error);
  }

  subscribeFrame(id: number): SubscribeFrame {
    const from =
      this.state === 'new' ? this.options.from : this.#positions.resume(this.#maxFrameBytes - ENVELOPE_BYTES);
    return { action: 'subscribe', id, topic: this.topic, from, meta: true, subscription: this.name };
  }

  unsubscribeFrame(id: number): UnsubscribeFrame {
    return { action: 'unsubscribe', id, subscription: this.name };
  }

  /** The broker found a frame too large, perhaps the last `subscribe`: the next one is as short as can be. */
  frameRefused(): void {
    if (this.state === 'on' && !this.answered) this.#maxFrameBytes = 0;
  }

  accept(push: PlacedPush): void {
    const full = this.#inbox.size >= this.#bufferSize || this.#inbox.bytes >= this.#bufferBytes;
    // The position stays, so what is not taken now comes again.
    if (full) return this.wire.unroute(this.name);
    const advance = this.#positions.advance(push);
    if (advance === 'repeat') return;
    if (advance !== 'next') this.#inbox.put(advance);
    this.#inbox.put(push);
    if (this.state === 'on' && this.#above(LEAVE_AT)) this.#fallBehind();
  }

  acceptGap(frame: GapFrame): void {
    const gap = this.#positions.skip(frame);
    if (gap !== undefined) this.#inbox.put(gap);
  }

  /** Whether it should be put on the wire of a fresh connection. */
  get resumable(): boolean {
    return this.state === 'off' && !this.#behind;
  }

  readonly #abort = (): void => void this.unsubscribe();

  #above(share: number): boolean {
    return this.#inbox.size >= this.#bufferSize * share || this.#inbox.bytes >= this.#bufferBytes * share;
  }

  #fallBehind(): void {
    this.#behind = true;
    this.state = 'off';
    void this.wire.takeOff(this);
  }

  #catchUp(): void {
    if (!this.#behind || this.#above(RETURN_AT)) return;
    this.#behind = false;
    if (this.state === 'off') this.wire.putOn(this);
  }

  async #leave(): Promise<void> {
    const wasOn = this.state === 'on';
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.options.signal?.removeEventListener('abort', this.#abort);
    this.wire.unroute(this.name);
    if (wasOn) await this.wire.takeOff(this);
  }

  #done(): void {
    void this.#leave();
    this.wire.forget(this);
    this.#resolveClosed(this.#error);
  }

  #tellGap(gap: Gap): void {
    if (this.options.onGap === undefined) return this.wire.onGap(gap);
    try {
      this.options.onGap(gap);
    } catch (error) {
      this.wire.onHandlerFailed(this.topic, error);
    }
  }
}
