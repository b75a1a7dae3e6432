import { BaseRpcContext } from '@nestjs/microservices';
import type { Delivery, IncomingRequest, ReceivedMessage } from '@pochta/client';
import { errorFor } from '@pochta/protocol';
import { CORRELATION_HEADER } from '../logging/message-scope';
import type { Headers } from '../telemetry/telemetry';
import type { SettleVerb } from './handler-counts';

/** A message of a group, one of a broadcast, or a request. */
type Incoming = Delivery | ReceivedMessage | (IncomingRequest & { readonly correlationId?: string });

const NO_HEADERS: Headers = Object.freeze({});

/** What `@Ctx()` gives to a handler. */
export class PochtaContext extends BaseRpcContext<[message: Incoming]> {
  /** @internal All guards have let the message pass. */
  admitted = false;
  /** @internal What a pipe or the handler threw, before Nest's exception filters made something else of it. */
  thrown: unknown;
  readonly #signal: AbortSignal | undefined;
  #settledBy: SettleVerb | undefined;

  /** `signal`: left out for a request, which has its own. */
  constructor(message: Incoming, signal?: AbortSignal) {
    super([message]);
    this.#signal = signal;
  }

  /**
   * Aborted when the handler's result is not wanted any more: whoever asked has given up; or the app closes, and has
   * waited for its `drainTimeout`.
   */
  get signal(): AbortSignal {
    return this.#signal ?? (this.args[0] as IncomingRequest).signal;
  }

  get topic(): string {
    return this.args[0].topic;
  }

  /** Empty when there are none. */
  get headers(): Headers {
    return this.args[0].headers ?? NO_HEADERS;
  }

  /** Which flow this belongs to: the header `correlation-id`, or else the request's own id. */
  get correlationId(): string | undefined {
    const message = this.args[0];
    return (
      message.headers?.[CORRELATION_HEADER] ??
      ('correlationId' in message ? message.correlationId : undefined)
    );
  }

  /** The consumer group; `undefined` for a broadcast and for a request. */
  get group(): string | undefined {
    return this.#delivery?.group;
  }

  /** The message's number in its topic; `undefined` for a request, as is what follows. */
  get sequence(): number | undefined {
    return this.#message?.sequence;
  }

  /** When the message was stored, in ms since the epoch, by the broker's clock. */
  get timestamp(): number | undefined {
    return this.#message?.timestamp;
  }

  get key(): string | undefined {
    return this.#message?.key;
  }

  /** 0 to 9, the highest. */
  get priority(): number | undefined {
    const message = this.#message;
    return message === undefined ? undefined : (message.priority ?? 0);
  }

  /** How often the group has been given the message, this time included; 1 without a group. */
  get deliveryCount(): number {
    return this.#delivery?.deliveryCount ?? 1;
  }

  /** MIME type of the payload; `undefined` for JSON. */
  get contentType(): string | undefined {
    return (this.args[0] as { readonly contentType?: string }).contentType;
  }

  /** Whether the message is neither settled nor given back, as far as is known here; false without a group. */
  get open(): boolean {
    return this.#delivery?.open ?? false;
  }

  /**
   * Done: the group is not given the message again. Resolves once that is durable. As the others, rejects with
   * `NOT_IN_FLIGHT` when the message is settled already or was taken back, and with `NOT_SUPPORTED` without a group.
   */
  ack(): Promise<void> {
    return this.#settling((delivery) => delivery.ack(), 'ack');
  }

  /** Failed: it comes again after `delay` ms, by default after the group's backoff, unless this was its last delivery. */
  nack(delay?: number): Promise<void> {
    return this.#settling((delivery) => delivery.nack(delay), 'nack');
  }

  /** Can never be handled: it becomes a dead letter at once. `reason`, up to 255 characters, is told there. */
  terminate(reason?: string): Promise<void> {
    return this.#settling((delivery) => delivery.terminate(reason), 'terminate');
  }

  /** Still being handled: its ack deadline begins anew. Only needed with `manualAck`. */
  touch(): Promise<void> {
    return this.#settling((delivery) => delivery.touch());
  }

  /** @internal By which verb the handler has settled the message, if it has, and if that has not been refused. */
  get settledBy(): SettleVerb | undefined {
    return this.#settledBy === undefined || this.open ? undefined : this.#settledBy;
  }

  get #message(): ReceivedMessage | undefined {
    const message = this.args[0];
    return 'sequence' in message ? message : undefined;
  }

  get #delivery(): Delivery | undefined {
    const message = this.args[0];
    return 'ack' in message ? message : undefined;
  }

  #settling(settle: (delivery: Delivery) => Promise<void>, verb?: SettleVerb): Promise<void> {
    const delivery = this.#delivery;
    if (delivery !== undefined) {
      const wasOpen = delivery.open;
      const settled = settle(delivery);
      if (wasOpen && !delivery.open) this.#settledBy = verb;
      return settled;
    }
    return Promise.reject(errorFor('NOT_SUPPORTED', 'Only messages of a consumer group are settled'));
  }
}

/** What `@Ctx()` gives to a handler of batches. */
export class PochtaBatchContext extends BaseRpcContext<[messages: readonly PochtaContext[]]> {
  /** @internal As `PochtaContext.admitted`. */
  admitted = false;
  /** @internal As `PochtaContext.thrown`. */
  thrown: unknown;

  constructor(
    messages: readonly PochtaContext[],
    /** As `PochtaContext.signal`. */
    readonly signal: AbortSignal,
  ) {
    super([messages]);
  }

  /**
   * One context for each payload, in their order. Those that the handler settles by it are left alone when it is done; the
   * others are acked, or, when it throws, nacked.
   */
  get messages(): readonly PochtaContext[] {
    return this.args[0];
  }
}
