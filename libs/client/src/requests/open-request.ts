import {
  MAX_NAME_LENGTH,
  PochtaError,
  type ForwardedRequest,
  type Payload,
  type ReplyFrame,
} from '@pochta/protocol';
import { invalidArgument } from '../argument-checks';
import { ResponderError } from '../errors';
import { parsePayload, toPayload } from '../payload';
import type { IncomingRequest, Reply, ReplyError } from './requests';

/** What a request that is being answered tells. */
export interface OpenRequestListener {
  /** Sends a reply, while there is a connection. */
  send(frame: ReplyFrame): void;
  /** Nothing more will be said. Called once. */
  onOver(request: OpenRequest): void;
  /** A callback of the responder's threw. */
  onFailed(topic: string, error: unknown): void;
}

/** A request that its responder works on, and the reply to it: one object, since most are over in a moment. */
export class OpenRequest implements IncomingRequest, Reply {
  #value: unknown;
  #parsed = false;
  #over = false;
  #cancelled: PochtaError | undefined;
  #onCancel: ((reason: PochtaError) => void)[] | undefined;
  #abort: AbortController | undefined;

  constructor(
    private readonly forwarded: ForwardedRequest,
    private readonly listener: OpenRequestListener,
  ) {}

  get correlationId(): string {
    return this.forwarded.correlationId;
  }

  get topic(): string {
    return this.forwarded.topic;
  }

  get bytes(): Uint8Array {
    return this.forwarded.message.bytes;
  }

  get contentType(): string | undefined {
    return this.forwarded.message.contentType;
  }

  get headers(): Readonly<Record<string, string>> | undefined {
    return this.forwarded.headers;
  }

  get value(): unknown {
    if (!this.#parsed) this.#value = parsePayload(this.forwarded.message);
    this.#parsed = true;
    return this.#value;
  }

  /** Made at the first reading. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = (this.#abort = new AbortController());
      this.onCancel((reason) => abort.abort(reason));
    }
    return this.#abort.signal;
  }

  get over(): boolean {
    return this.#over;
  }

  get cancelled(): boolean {
    return this.#cancelled !== undefined;
  }

  send(value: unknown): void {
    if (this.#over) return;
    this.#say(payloadOf(value));
    this.#finish();
  }

  part(value: unknown): void {
    if (!this.#over) this.#say(payloadOf(value), true);
  }

  end(): void {
    if (this.#over) return;
    this.#say();
    this.#finish();
  }

  fail(error: ReplyError): void {
    if (this.#over) return;
    const { correlationId } = this;
    this.listener.send({ action: 'reply', correlationId, error: describe(error) });
    this.#finish();
  }

  onCancel(listener: (reason: PochtaError) => void): void {
    if (this.#cancelled !== undefined) this.#tell(listener, this.#cancelled);
    else if (!this.#over) (this.#onCancel ??= []).push(listener);
  }

  /** Nobody waits for the reply any more. */
  cancel(reason: PochtaError): void {
    if (this.#over) return;
    this.#cancelled = reason;
    const listeners = this.#onCancel ?? [];
    this.#finish();
    for (const listener of listeners) this.#tell(listener, reason);
  }

  #say(message?: Payload, more?: true): void {
    this.listener.send({ action: 'reply', correlationId: this.correlationId, message, more });
  }

  #finish(): void {
    this.#over = true;
    this.#onCancel = undefined;
    this.listener.onOver(this);
  }

  #tell(listener: (reason: PochtaError) => void, reason: PochtaError): void {
    try {
      listener(reason);
    } catch (error) {
      this.listener.onFailed(this.topic, error);
    }
  }
}

function payloadOf(value: unknown): Payload {
  return toPayload(value ?? null);
}

/** What the requester is told of an error. */
function describe(error: unknown): ReplyError {
  if (error instanceof ResponderError)
    return { code: fittingCode(error.responderCode), message: error.message };
  if (error instanceof PochtaError) return { code: error.code, message: error.message };
  if (error instanceof Error) return { code: 'REQUEST_FAILED', message: error.message };
  if (typeof error !== 'object' || error === null) return { code: 'REQUEST_FAILED', message: String(error) };
  const { code = 'REQUEST_FAILED', message } = error as Partial<ReplyError>;
  if (typeof message !== 'string') throw invalidArgument('error', 'must have a string message');
  if (typeof code !== 'string' || code.length < 1 || code.length > MAX_NAME_LENGTH)
    throw invalidArgument('error', `must have a code of 1 to ${MAX_NAME_LENGTH} characters, if any`);
  return { code, message };
}

/** Another would cost the connection. */
function fittingCode(code: string): string {
  // A cut must not leave half a character.
  return code.slice(0, MAX_NAME_LENGTH).replace(/[\uD800-\uDBFF]$/, '') || 'REQUEST_FAILED';
}
