import { Fifo } from '../fifo';
import type { Gap } from './subscription';

/** A callback that takes the messages, instead of whoever iterates. */
export interface Consumer<M> {
  readonly handle: (message: M) => void | Promise<void>;
  /** How many messages it is given at a time; they begin in their order. */
  readonly concurrency: number;
}

/** What an inbox tells its subscription. */
export interface InboxListener<M> {
  /** The consumer took something; there is room again. */
  onTaken(): void;
  onGap(gap: Gap): void;
  /** The callback has done with a message. */
  onHandled(message: M): void;
  /** The callback threw. */
  onFailed(error: unknown, message: M): void;
  /** Nothing will be delivered any more: the consumer left, or all is done that was to be. Must not reject. */
  onDone(): void | Promise<void>;
}

interface Waiting<M> {
  readonly resolve: (result: IteratorResult<M>) => void;
  readonly reject: (error: Error) => void;
}

/** What an inbox counts of a message, and tells it from a gap by. */
interface Sized {
  /** Bytes of the payload. */
  readonly byteLength: number;
}

/** What waits for the consumer, and the consumer: a callback, or whoever iterates. */
export class Inbox<M extends Sized> implements AsyncIterator<M> {
  readonly #queue = new Fifo<M | Gap>();
  #bytes = 0;
  #waiting: Waiting<M>[] = [];
  /** The callback form waits for its subscription to be in its owner's hands. */
  #started = false;
  #iterating = false;
  /** Messages that the callback works on. */
  #running = 0;
  #pumping = false;
  #state: 'open' | 'finishing' | 'done' = 'open';
  #error: Error | undefined;
  #parting: void | Promise<void> = undefined;

  constructor(
    private readonly consumer: Consumer<M> | undefined,
    private readonly listener: InboxListener<M>,
  ) {}

  /** Messages and gaps that wait. */
  get size(): number {
    return this.#queue.size;
  }

  /** Payload bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Messages that the callback, or the body of the loop, works on. */
  get handling(): number {
    const inLoop = this.#iterating && this.#waiting.length === 0 && this.#state !== 'done';
    return this.#running + (inLoop ? 1 : 0);
  }

  start(): void {
    this.#started = true;
    this.#pump();
  }

  put(item: M | Gap): void {
    if (this.#state !== 'open') return;
    if (this.#queue.size === 0 && 'byteLength' in item && this.#isFree()) return this.#handOver(item);
    this.#queue.push(item);
    if ('byteLength' in item) this.#bytes += item.byteLength;
    if (this.consumer !== undefined) return this.#pump();
    if (this.#waiting.length === 0) return;
    const message = this.#takeMessage();
    if (message !== undefined) this.#waiting.shift()?.resolve({ done: false, value: message });
  }

  /** Forgets the messages that wait and for which it holds; gaps stay. */
  drop(isDropped: (message: M) => boolean): void {
    for (let left = this.#queue.size; left > 0; left--) {
      const item = this.#queue.shift()!;
      if ('byteLength' in item && isDropped(item)) this.#bytes -= item.byteLength;
      else this.#queue.push(item);
    }
  }

  /** Takes no more; done when the consumer has had what waits. */
  finish(): void {
    if (this.#state !== 'open') return;
    this.#state = 'finishing';
    const unread = this.consumer === undefined && !this.#iterating;
    if (unread || this.#waiting.length > 0) this.end();
    else this.#pump();
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
    this.#parting = this.listener.onDone();
  }

  next(): Promise<IteratorResult<M>> {
    this.#iterating = true;
    const message = this.#takeMessage();
    if (message !== undefined) return Promise.resolve({ done: false, value: message });
    if (this.#state === 'finishing') this.end();
    const error = this.#takeError();
    if (error !== undefined) return Promise.reject(error);
    if (this.#state === 'done') return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async return(): Promise<IteratorResult<M>> {
    this.end();
    await this.#parting;
    return { done: true, value: undefined };
  }

  /** The next message; gaps on the way are told. */
  #takeMessage(): M | undefined {
    for (let item = this.#take(); item !== undefined; item = this.#take()) {
      if ('byteLength' in item) return item;
      this.listener.onGap(item);
    }
    return undefined;
  }

  #take(): M | Gap | undefined {
    const item = this.#queue.shift();
    if (item === undefined) return undefined;
    if ('byteLength' in item) this.#bytes -= item.byteLength;
    this.listener.onTaken();
    return item;
  }

  /** Whether the callback takes one more at this very moment. */
  #isFree(): boolean {
    return this.#started && !this.#pumping && this.#running < (this.consumer?.concurrency ?? 0);
  }

  /** Without a detour through the queue. */
  #handOver(message: M): void {
    this.#pumping = true;
    this.#run(this.consumer!, message);
    this.#pumping = false;
    this.#pump();
  }

  /** Hands over as much as the callback may work on. */
  #pump(): void {
    const { consumer } = this;
    if (consumer === undefined || !this.#started || this.#pumping) return;
    this.#pumping = true;
    while (this.#state !== 'done' && this.#running < consumer.concurrency) {
      const message = this.#takeMessage();
      if (message === undefined) break;
      this.#run(consumer, message);
    }
    this.#pumping = false;
    if (this.#state === 'finishing' && this.#running === 0 && this.#queue.size === 0) this.end();
  }

  #run(consumer: Consumer<M>, message: M): void {
    this.#running++;
    try {
      const result = consumer.handle(message);
      if (result !== undefined && typeof result.then === 'function') {
        return void result.then(
          () => this.#ran(message),
          (error: unknown) => this.#ran(message, { error }),
        );
      }
    } catch (error) {
      return this.#ran(message, { error });
    }
    this.#ran(message);
  }

  #ran(message: M, failure?: { readonly error: unknown }): void {
    this.#running--;
    if (failure === undefined) this.listener.onHandled(message);
    else this.listener.onFailed(failure.error, message);
    this.#pump();
  }

  #takeError(): Error | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }
}
