import {
  errorFor,
  IdTable,
  type ClientFrame,
  type ForwardedCancel,
  type ForwardedRequest,
  type ReplyFrame,
} from '@pochta/protocol';
import type { Calls } from '../connection/calls';
import { leaveToHandler, replyWithResults } from './handler-results';
import { OpenRequest, type OpenRequestListener } from './open-request';
import type { ReplyHandler, RequestHandler, RespondOptions, Responder } from './requests';
import { TopicResponder } from './topic-responder';

export interface RespondersOptions {
  readonly calls: Calls;
  /** ms. */
  readonly requestTimeout: number;
  /** A callback threw, and no requester can be told. */
  readonly onHandlerFailed: (topic: string, error: unknown) => void;
}

/** A request under way, and the responder that works on it. */
interface Running {
  readonly request: OpenRequest;
  readonly responder: TopicResponder;
}

/** All responders of a client. They are registered again on each connection. */
export class Responders implements OpenRequestListener {
  readonly #responders = new Map<string, TopicResponder>();
  /** The requests under way, by correlation id; of this connection only. */
  readonly #running = new IdTable<Running>();
  #send: ((frame: ClientFrame) => void) | undefined;

  constructor(private readonly options: RespondersOptions) {}

  /** Requests under way. */
  get handling(): number {
    return [...this.#responders.values()].reduce((sum, { running }) => sum + running, 0);
  }

  respond(topic: string, handler: RequestHandler, options: RespondOptions): Promise<Responder> {
    return this.#begin(topic, replyWithResults(handler, this.options.onHandlerFailed), options);
  }

  respondWith(topic: string, handler: ReplyHandler, options: RespondOptions): Promise<Responder> {
    return this.#begin(topic, leaveToHandler(handler, this.options.onHandlerFailed), options);
  }

  async #begin(
    topic: string,
    handle: TopicResponder['handle'],
    { signal }: RespondOptions,
  ): Promise<Responder> {
    if (this.#responders.has(topic)) throw errorFor('ALREADY_SUBSCRIBED', `Already responding to ${topic}`);
    const responder = new TopicResponder(topic, handle, (stopped) => this.#takeBack(stopped));
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
      const error = { code: 'NO_RESPONDERS', message: 'No responders' };
      return this.send({ action: 'reply', correlationId, error });
    }
    const request = new OpenRequest(forwarded, this);
    responder.enter();
    this.#running.set(correlationId, { request, responder });
    responder.handle(request, responder);
  }

  onCancel({ correlationId }: ForwardedCancel): void {
    this.#running.get(correlationId)?.request.cancel(errorFor('REQUEST_CANCELLED'));
  }

  /** @internal A request says, as the next two. */
  send(frame: ReplyFrame): void {
    this.#send?.(frame);
  }

  onOver({ correlationId }: OpenRequest): void {
    const running = this.#running.get(correlationId);
    this.#running.delete(correlationId);
    running?.responder.leave();
  }

  onFailed(topic: string, error: unknown): void {
    this.options.onHandlerFailed(topic, error);
  }

  connected(send: (frame: ClientFrame) => void): void {
    this.#send = send;
    for (const [topic, responder] of this.#responders) if (responder.registered) this.#registerAgain(topic);
  }

  connectionLost(): void {
    this.#send = undefined;
    for (const { request } of this.#running.values()) request.cancel(errorFor('CONNECTION_FAILED'));
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
}
