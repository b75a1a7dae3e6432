import { Fifo } from './fifo';
import type { ReceivedMessage } from './received-message';
import type { Gap } from './subscription';
import type { PlacedPush } from './topic-positions';

export type Delivered = PlacedPush | Gap;

/** What an inbox tells its subscription. */
export interface InboxListener {
  /** The consumer took something; there is room again. */
  onTaken(): void;
  onGap(gap: Gap): void;
  /** The consumer threw. */
  onFailed(error: unknown): void;
  /** Nothing will be delivered any more: the consumer left, or all is done that was to be. */
  onDone(): void;
}

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<ReceivedMessage<T>>) => void;
  readonly reject: (error: Error) => void;
}

/** What waits for the consumer, and the consumer: a callback, or whoever iterates. */
export class Inbox<T> implements AsyncIterator<ReceivedMessage<T>> {
  readonly #queue = new Fifo<Delivered>();
  #bytes = 0;
  #waiting: Waiting<T>[] = [];
  /** The callback form waits for its subscription to be in its owner's hands. */
  #started = false;
  /** The callback's promise is pending, or an iteration is under way. */
  #busy = false;
  #state: 'open' | 'finishing' | 'done' = 'open';
  #error: Error | undefined;

  constructor(
    private readonly onMessage: ((message: ReceivedMessage<T>) => void | Promise<void>) | undefined,
    private readonly listener: InboxListener,
  ) {}

  /** Messages and gaps that wait. */
  get size(): number {
    return this.#queue.size;
  }

  /** Payload bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  start(): void {
    this.#started = true;
    if (this.onMessage !== undefined) this.#pump(this.onMessage);
  }

  put(item: Delivered): void {
    if (this.#state !== 'open') return;
    this.#queue.push(item);
    if ('bytes' in item) this.#bytes += item.bytes.length;
    if (this.onMessage !== undefined) return this.#pump(this.onMessage);
    if (this.#waiting.length === 0) return;
    const message = this.#takeMessage();
    if (message !== undefined) this.#waiting.shift()?.resolve({ done: false, value: message });
  }

  /** Takes no more; done when the consumer has had what waits. */
  finish(): void {
    if (this.#state !== 'open') return;
    this.#state = 'finishing';
    const unread = this.onMessage === undefined && !this.#busy;
    if (unread || this.#waiting.length > 0) this.end();
    else if (this.onMessage !== undefined) this.#pump(this.onMessage);
  }

  /** Done now, whatever waits; an iteration throws the error. */
  end(error?: Error): void {
    if (this.#state === 'done') return;
    this.#state = 'done';
    this.#error = error;
    this.#queue.clear();
    this.#bytes = 0;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve, reject } of waiting) {
      if (this.#error === undefined) resolve({ done: true, value: undefined });
      else reject(this.#takeError()!);
    }
    this.listener.onDone();
  }

  next(): Promise<IteratorResult<ReceivedMessage<T>>> {
    this.#busy = true;
    const message = this.#takeMessage();
    if (message !== undefined) return Promise.resolve({ done: false, value: message });
    if (this.#state === 'finishing') this.end();
    const error = this.#takeError();
    if (error !== undefined) return Promise.reject(error);
    if (this.#state === 'done') return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<ReceivedMessage<T>>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** The next message; gaps on the way are told. */
  #takeMessage(): ReceivedMessage<T> | undefined {
    for (let item = this.#take(); item !== undefined; item = this.#take()) {
      if ('bytes' in item) return item as unknown as ReceivedMessage<T>;
      this.listener.onGap(item);
    }
    return undefined;
  }

  #take(): Delivered | undefined {
    const item = this.#queue.shift();
    if (item === undefined) return undefined;
    if ('bytes' in item) this.#bytes -= item.bytes.length;
    this.listener.onTaken();
    return item;
  }

  #pump(onMessage: (message: ReceivedMessage<T>) => void | Promise<void>): void {
    if (this.#busy || !this.#started) return;
    this.#busy = true;
    while (this.#state !== 'done') {
      const message = this.#takeMessage();
      if (message === undefined) {
        if (this.#state === 'finishing') this.end();
        break;
      }
      try {
        const result = onMessage(message);
        if (result !== undefined && typeof result.then === 'function')
          return this.#awaitHandler(result, onMessage);
      } catch (error) {
        this.listener.onFailed(error);
      }
    }
    this.#busy = false;
  }

  #awaitHandler(
    result: Promise<void>,
    onMessage: (message: ReceivedMessage<T>) => void | Promise<void>,
  ): void {
    const goOn = () => {
      this.#busy = false;
      this.#pump(onMessage);
    };
    result.then(goOn, (error: unknown) => {
      this.listener.onFailed(error);
      goOn();
    });
  }

  #takeError(): Error | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }
}
