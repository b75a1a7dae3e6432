/** Headers of a message or a request. */
export type Headers = Readonly<Record<string, string>>;

/** What a span is about; the names follow OpenTelemetry's messaging conventions. */
export interface Operation {
  /**
   * `publish` and `request`: going out. `deliver`: from when a message came in until it is settled. `process`: a handler's
   * run for an event or a batch. `respond`: a handler's run for a request.
   */
  readonly type: 'publish' | 'request' | 'deliver' | 'process' | 'respond';
  readonly topic: string;
  readonly group?: string;
  readonly messageId?: string;
  /** Of the batch; left out for one message. */
  readonly batchSize?: number;
  /** Bytes of the payload. */
  readonly size?: number;
}

/** One operation under way. */
export interface Span {
  /** Runs the work so that what it publishes and logs belongs to this span. */
  run<T>(work: () => T): T;
  /** Ends it, once; with the error when it failed. */
  end(error?: unknown): void;
}

/**
 * Traces what goes out and comes in. There is one for all connections of a process: OpenTelemetry's when
 * `@opentelemetry/api` is installed, otherwise `NO_TELEMETRY`, which costs nothing.
 */
export interface Telemetry {
  /** Whether anybody sees the spans; may change at any time. While false, the caller need not call what follows. */
  readonly enabled: boolean;
  /**
   * Begins a span for what goes out. Gives the headers with the trace context added to those that there are; as they are
   * when they have no room for it, or have a trace context already, to which the span is linked then.
   */
  outgoing(operation: Operation, headers: Headers | undefined): { span: Span; headers: Headers | undefined };
  /**
   * Begins a span for what came in: linked to the trace context in the headers, and its child, or that of `within`. Of a
   * batch, given the headers of each message, it is linked to all of them, and begins a trace.
   */
  incoming(
    operation: Operation,
    headers: Headers | undefined | readonly (Headers | undefined)[],
    within?: Span,
  ): Span;
}

export const NO_SPAN: Span = { run: (work) => work(), end: () => undefined };

export const NO_TELEMETRY: Telemetry = {
  enabled: false,
  outgoing: (_operation, headers) => ({ span: NO_SPAN, headers }),
  incoming: () => NO_SPAN,
};
