import { errorFor, type GapFrame, type SubscribeFrame, type SuccessAnswer } from '@pochta/protocol';
import { Inbox } from './inbox';
import type { ReceivedMessage } from './received-message';
import type { SubscribeOptions, Subscription } from './subscription';
import { TopicPositions, type PlacedPush } from './topic-positions';
import { WireSubscription, type SubscriptionWire } from './wire-subscription';

const DEFAULT_BUFFER_SIZE = 4096;
const DEFAULT_BUFFER_BYTES = 8 * 1024 * 1024;
/** Share of the buffer at which the subscription leaves the wire: what is under way still has room. */
const LEAVE_AT = 1 / 2;
/** Share at which it comes back. */
const RETURN_AT = 1 / 4;

/** Bytes of a `subscribe` beside its `from`: topic, name, id. */
const ENVELOPE_BYTES = 2048;

/** A push is what its consumer gets, as it is. */
type Inboxed = PlacedPush & ReceivedMessage;

/** A subscription of its own, not a group's. Two sides: its position on the wire, and what waits for the consumer. */
export class PlainSubscription extends WireSubscription implements Subscription {
  readonly #positions: TopicPositions;
  readonly #inbox: Inbox<Inboxed>;
  readonly #bufferSize: number;
  readonly #bufferBytes: number;
  #error: Error | undefined;
  #behind = false;
  #maxFrameBytes: number;

  constructor(
    topic: string,
    private readonly options: SubscribeOptions,
    wire: SubscriptionWire,
  ) {
    super(topic, options, wire);
    this.#maxFrameBytes = wire.maxFrameBytes;
    this.#positions = new TopicPositions(topic, options.from ?? 'earliest');
    this.#bufferSize = options.bufferSize ?? DEFAULT_BUFFER_SIZE;
    this.#bufferBytes = options.bufferBytes ?? DEFAULT_BUFFER_BYTES;
    const { onMessage } = options;
    this.#inbox = new Inbox<Inboxed>(onMessage && { handle: onMessage, concurrency: 1 }, {
      onTaken: () => this.#catchUp(),
      onGap: (gap) => this.tellGap(gap),
      onHandled: () => undefined,
      onFailed: (error) => wire.onHandlerFailed(topic, error),
      onDone: () => this.#done(),
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<ReceivedMessage> {
    if (this.options.onMessage !== undefined)
      throw errorFor('NOT_SUPPORTED', 'onMessage receives the messages');
    return this.#inbox;
  }

  get handling(): number {
    return this.#inbox.handling;
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

  override begin(answer: SuccessAnswer): void {
    super.begin(answer);
    this.#positions.began(answer);
    // Not before whoever awaits `subscribe` holds the subscription.
    if (this.options.onMessage !== undefined) setImmediate(() => this.#inbox.start());
  }

  end(error?: Error): void {
    this.#error = error;
    this.#inbox.end(error);
  }

  subscribeFrame(id: number): SubscribeFrame {
    const from =
      this.state === 'new' ? this.options.from : this.#positions.resume(this.#maxFrameBytes - ENVELOPE_BYTES);
    return { action: 'subscribe', id, topic: this.topic, from, meta: true, subscription: this.name };
  }

  /** The next `subscribe` is as short as can be. */
  override frameRefused(): void {
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

  get resumable(): boolean {
    return this.state === 'off' && !this.#behind;
  }

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
    if (this.state !== 'ended' && this.stopIntake()) await this.wire.takeOff(this);
  }

  #done(): void {
    void this.#leave();
    this.finished(this.#error);
  }
}
