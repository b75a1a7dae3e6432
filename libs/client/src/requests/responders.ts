import {
  PochtaError,
  errorFor,
  type ForwardedCancel,
  type ClientFrame,
  type Payload,
  type ReplyFrame,
  type ForwardedRequest,
} from '@pochta/protocol';
import type { Calls } from '../connection/calls';
import { ResponderError } from '../errors';
import { parsePayload, toJson } from '../payload';
import type { IncomingRequest, RequestHandler, RespondOptions, Responder } from './requests';

export interface RespondersOptions {
  readonly calls: Calls;
  /** ms. */
  readonly requestTimeout: number;
}

class Incoming implements IncomingRequest {
  #value: unknown;
  #parsed = false;

  constructor(
    private readonly forwarded: ForwardedRequest,
    readonly signal: AbortSignal,
  ) {}

  get topic(): string {
    return this.forwarded.topic;
  }

  get bytes(): Uint8Array {
    return this.forwarded.message.bytes;
  }

  get headers(): Readonly<Record<string, string>> | undefined {
    return this.forwarded.headers;
  }

  get value(): unknown {
    if (!this.#parsed) this.#value = parsePayload(this.forwarded.message);
    this.#parsed = true;
    return this.#value;
  }
}

/** A topic's handler, and the requests it works on. */
class TopicResponder implements Responder {
  /** The broker has answered to its registration. */
  registered = false;
  readonly running = new Set<Promise<void>>();
  #unlisten: (() => void) | undefined;
  #stopping: Promise<unknown> | undefined;

  constructor(
    readonly topic: string,
    readonly handler: RequestHandler,
    /** Has the broker send no more; resolves when it does not, or cannot. Never rejects. */
    private readonly takeBack: (responder: TopicResponder) => Promise<void>,
  ) {}

  get stopped(): boolean {
    return this.#stopping !== undefined;
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
    await Promise.all(this.running);
  }
}

/** All responders of a client. They are registered again on each connection. */
export class Responders {
  readonly #responders = new Map<string, TopicResponder>();
  /** The requests under way, by correlation id; of this connection only. */
  readonly #aborts = new Map<string, AbortController>();
  #send: ((frame: ClientFrame) => void) | undefined;

  constructor(private readonly options: RespondersOptions) {}

  /** Requests under way. */
  get handling(): number {
    return [...this.#responders.values()].reduce((sum, { running }) => sum + running.size, 0);
  }

  async respond(topic: string, handler: RequestHandler, { signal }: RespondOptions): Promise<Responder> {
    if (this.#responders.has(topic)) throw errorFor('ALREADY_SUBSCRIBED', `Already responding to ${topic}`);
    const responder = new TopicResponder(topic, handler, (stopped) => this.#takeBack(stopped));
    this.#responders.set(topic, responder);
    await this.#register(responder, signal);
    if (responder.stopped) await this.#takeBack(responder);
    else responder.listenTo(signal);
    return responder;
  }

  onRequest(forwarded: ForwardedRequest): void {
    const { topic, correlationId } = forwarded;
    const responder = this.#responders.get(topic);
    if (responder === undefined) {
      return this.#reply({
        action: 'reply',
        correlationId,
        error: { code: 'NO_RESPONDERS', message: 'No responders' },
      });
    }
    const abort = new AbortController();
    this.#aborts.set(correlationId, abort);
    const run = this.#answer(responder, forwarded, abort.signal).finally(() => {
      this.#aborts.delete(correlationId);
      responder.running.delete(run);
    });
    responder.running.add(run);
  }

  onCancel({ correlationId }: ForwardedCancel): void {
    this.#aborts.get(correlationId)?.abort(errorFor('REQUEST_CANCELLED'));
  }

  connected(send: (frame: ClientFrame) => void): void {
    this.#send = send;
    for (const [topic, responder] of this.#responders) if (responder.registered) this.#registerAgain(topic);
  }

  connectionLost(): void {
    this.#send = undefined;
    for (const abort of this.#aborts.values()) abort.abort(errorFor('CONNECTION_FAILED'));
    this.#aborts.clear();
  }

  /** Resolves when the requests under way are answered; what comes in meanwhile is refused. */
  async drain(): Promise<void> {
    await Promise.all([...this.#responders.values()].map((responder) => responder.stop()));
  }

  close(): void {
    this.connectionLost();
    for (const responder of this.#responders.values()) void responder.stop();
  }

  async #register(responder: TopicResponder, signal: AbortSignal | undefined): Promise<void> {
    const { calls, requestTimeout } = this.options;
    try {
      await calls.ask((id) => ({ action: 'respond', id, topic: responder.topic }), {
        timeout: requestTimeout,
        signal,
        repeatable: true,
      });
      responder.registered = true;
    } catch (error) {
      this.#forget(responder);
      throw error;
    }
  }

  async #takeBack(responder: TopicResponder): Promise<void> {
    this.#forget(responder);
    // Without a connection there is nothing to take back: on the next one it is not registered.
    if (!responder.registered || this.#send === undefined) return;
    const { calls, requestTimeout: timeout } = this.options;
    // A refusal says that it is not registered, and so does a lost connection.
    await calls
      .ask((id) => ({ action: 'unrespond', id, topic: responder.topic }), { timeout })
      .catch(() => undefined);
  }

  #forget(responder: TopicResponder): void {
    if (this.#responders.get(responder.topic) === responder) this.#responders.delete(responder.topic);
  }

  #registerAgain(topic: string): void {
    const { calls, requestTimeout } = this.options;
    const ignored = () => undefined;
    calls.start(
      (id) => ({ action: 'respond', id, topic }),
      { onAnswer: ignored, onFailed: ignored },
      { timeout: requestTimeout },
    );
  }

  /** Never rejects. */
  async #answer(responder: TopicResponder, forwarded: ForwardedRequest, signal: AbortSignal): Promise<void> {
    const { correlationId } = forwarded;
    const reply = (content: Omit<ReplyFrame, 'action' | 'correlationId'>) => {
      if (!signal.aborted) this.#reply({ action: 'reply', correlationId, ...content });
    };
    try {
      const result = await responder.handler(new Incoming(forwarded, signal));
      if (!isAsyncIterable(result)) return reply({ message: payloadOf(result) });
      for await (const part of result) {
        if (signal.aborted) return;
        reply({ message: payloadOf(part), more: true });
      }
      reply({});
    } catch (error) {
      reply({ error: describe(error) });
    }
  }

  #reply(frame: ReplyFrame): void {
    this.#send?.(frame);
  }
}

function payloadOf(value: unknown): Payload {
  return { bytes: Buffer.from(toJson(value ?? null)) };
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof ResponderError) return { code: error.responderCode, message: error.message };
  if (error instanceof PochtaError) return { code: error.code, message: error.message };
  return { code: 'REQUEST_FAILED', message: error instanceof Error ? error.message : String(error) };
}
