import type { Attributes, Context, Link, Span as OtelSpan, Tracer, TracerProvider } from '@opentelemetry/api';
import { MAX_HEADERS, PochtaError } from '@pochta/protocol';
import { type Headers, NO_SPAN, type Operation, type Span, type Telemetry } from './telemetry';

export type OpenTelemetryApi = typeof import('@opentelemetry/api');

/** What OpenTelemetry's messaging conventions call each operation. */
const OPERATION_TYPES = {
  publish: 'send',
  request: 'send',
  deliver: 'receive',
  process: 'process',
  respond: 'process',
} as const satisfies Record<Operation['type'], string>;

const SPAN_KINDS = {
  publish: 'PRODUCER',
  request: 'CLIENT',
  deliver: 'CONSUMER',
  process: 'CONSUMER',
  respond: 'SERVER',
} as const satisfies Record<Operation['type'], keyof OpenTelemetryApi['SpanKind']>;

/**
 * Traces by the global tracer provider and the global propagator, whichever are registered when a span begins. What these
 * throw is told to OpenTelemetry's `diag`, and costs the trace, never the message.
 */
export class OpenTelemetry implements Telemetry {
  /** What stands in for a provider while none is registered. */
  readonly #noProvider: TracerProvider;
  #provider: TracerProvider | undefined;
  #tracer: Tracer | undefined;

  constructor(private readonly api: OpenTelemetryApi) {
    this.#noProvider = new api.ProxyTracerProvider().getDelegate();
  }

  get enabled(): boolean {
    return attempt(this.api, () => this.#hasProvider(), false);
  }

  outgoing(operation: Operation, headers: Headers | undefined): { span: Span; headers: Headers | undefined } {
    return attempt(this.api, () => this.#outgoing(operation, headers), { span: NO_SPAN, headers });
  }

  incoming(
    operation: Operation,
    headers: Headers | undefined | readonly (Headers | undefined)[],
    within?: Span,
  ): Span {
    return attempt(this.api, () => this.#incoming(operation, headers, within), NO_SPAN);
  }

  /** The id of the trace that the caller runs in. */
  get activeTraceId(): string | undefined {
    return attempt(this.api, () => this.#activeTraceId(), undefined);
  }

  #hasProvider(): boolean {
    const provider = this.api.trace.getTracerProvider() as TracerProvider & {
      getDelegate?(): TracerProvider;
    };
    return (provider.getDelegate?.() ?? provider) !== this.#noProvider;
  }

  #outgoing(
    operation: Operation,
    headers: Headers | undefined,
  ): { span: Span; headers: Headers | undefined } {
    const { context, trace } = this.api;
    const links = this.#links(headers);
    const active = context.active();
    const span = this.#begin(operation, links, active);
    const within = trace.setSpan(active, span);
    // A trace context that the caller has put there is the message's own, and not to be replaced.
    const sent = links.length > 0 ? headers : this.#injected(within, headers);
    return { span: new RunningSpan(this.api, span, within), headers: sent };
  }

  #incoming(
    operation: Operation,
    headers: Headers | undefined | readonly (Headers | undefined)[],
    within: Span | undefined,
  ): Span {
    const { ROOT_CONTEXT, propagation, trace } = this.api;
    // Not in the active context: that is where the socket was opened, say, within somebody's HTTP request.
    const one = operation.batchSize === undefined && isOne(headers) ? headers : undefined;
    const sent = one === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, one);
    const parent = within instanceof RunningSpan ? within.context : sent;
    const span = this.#begin(operation, this.#links(headers), parent);
    return new RunningSpan(this.api, span, trace.setSpan(parent, span));
  }

  #activeTraceId(): string | undefined {
    const found = this.api.trace.getSpanContext(this.api.context.active());
    return found !== undefined && this.api.isSpanContextValid(found) ? found.traceId : undefined;
  }

  #begin(operation: Operation, links: Link[], parent: Context): OtelSpan {
    const { SpanKind } = this.api;
    return this.#currentTracer().startSpan(
      `${operation.type} ${operation.topic}`,
      { kind: SpanKind[SPAN_KINDS[operation.type]], attributes: attributesOf(operation), links },
      parent,
    );
  }

  #currentTracer(): Tracer {
    const provider = this.api.trace.getTracerProvider();
    if (this.#tracer === undefined || provider !== this.#provider) {
      this.#provider = provider;
      this.#tracer = provider.getTracer('@pochta/nestjs');
    }
    return this.#tracer;
  }

  /** Links to the trace contexts that the headers carry. */
  #links(headers: Headers | undefined | readonly (Headers | undefined)[]): Link[] {
    const { ROOT_CONTEXT, isSpanContextValid, propagation, trace } = this.api;
    const links: Link[] = [];
    for (const one of isOne(headers) ? [headers] : headers) {
      if (one === undefined) continue;
      const context = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, one));
      if (context !== undefined && isSpanContextValid(context)) links.push({ context });
    }
    return links;
  }

  #injected(context: Context, headers: Headers | undefined): Headers | undefined {
    const added: Record<string, string> = {};
    this.api.propagation.inject(context, added);
    if (Object.keys(added).length === 0) return headers;
    const all = { ...added, ...headers };
    return Object.keys(all).length > MAX_HEADERS ? headers : all;
  }
}

class RunningSpan implements Span {
  #ended = false;

  constructor(
    private readonly api: OpenTelemetryApi,
    private readonly span: OtelSpan,
    readonly context: Context,
  ) {}

  run<T>(work: () => T): T {
    const outcome: { begun?: true; done?: { readonly value: T } } = {};
    const once = (): void => {
      outcome.begun = true;
      outcome.done = { value: work() };
    };
    try {
      this.api.context.with(this.context, once);
    } catch (error) {
      // The work's own error, or one of whoever was to run it.
      if (outcome.begun && outcome.done === undefined) throw error;
      this.api.diag.error('pochta: a context manager failed', error);
    }
    return outcome.done === undefined ? work() : outcome.done.value;
  }

  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    if (error !== undefined) attempt(this.api, () => this.#fail(error), undefined);
    attempt(this.api, () => this.span.end(), undefined);
  }

  #fail(error: unknown): void {
    const message = textOf(error);
    this.span.setAttribute('error.type', errorType(error));
    this.span.recordException(error instanceof Error ? error : message);
    this.span.setStatus({ code: this.api.SpanStatusCode.ERROR, message });
  }
}

/** Gives `otherwise` when OpenTelemetry, or what is plugged into it, throws. */
function attempt<T>(api: OpenTelemetryApi, work: () => T, otherwise: T): T {
  try {
    return work();
  } catch (error) {
    api.diag.error('pochta: a trace is incomplete', error);
    return otherwise;
  }
}

function isOne(
  headers: Headers | undefined | readonly (Headers | undefined)[],
): headers is Headers | undefined {
  return !Array.isArray(headers);
}

/** Attributes of OpenTelemetry's semantic conventions for messaging spans. */
function attributesOf({ type, topic, group, messageId, batchSize, size }: Operation): Attributes {
  return {
    'messaging.system': 'pochta',
    'messaging.destination.name': topic,
    'messaging.operation.name': type,
    'messaging.operation.type': OPERATION_TYPES[type],
    ...(group !== undefined && { 'messaging.consumer.group.name': group }),
    ...(messageId !== undefined && { 'messaging.message.id': messageId }),
    ...(batchSize !== undefined && { 'messaging.batch.message_count': batchSize }),
    ...(size !== undefined && { 'messaging.message.body.size': size }),
  };
}

/** Nest gives plain objects with a `message` for what is thrown. */
function textOf(error: unknown): string {
  const { message } = Object(error) as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(error);
}

/** Of few values, as the conventions want it: the error's code, or else its class. */
function errorType(error: unknown): string {
  if (error instanceof PochtaError) return error.code;
  return error instanceof Error ? error.constructor.name : '_OTHER';
}
