/** Headers of a message or a request. */
export type Headers = Readonly<Record<string, string>>;

/** What a span is about; the names follow OpenTelemetry's messaging conventions. */
export interface Operation {
  /** `publish` and `request`: going out. `deliver`: a batch came in. `process`: a handler's run. */
  readonly type: 'publish' | 'request' | 'deliver' | 'process';
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
  readonly enabled: boolean;
  /** Begins a span for what goes out. Gives the headers with the trace context added to those that there are. */
  outgoing(operation: Operation, headers: Headers | undefined): { span: Span; headers: Headers | undefined };
  /** Begins a span for what came in, as the child (`process`) of the trace context in its headers, or linked to it. */
  incoming(operation: Operation, headers: Headers | undefined): Span;
}

const NO_SPAN: Span = { run: (work) => work(), end: () => undefined };

export const NO_TELEMETRY: Telemetry = {
  enabled: false,
  outgoing: (_operation, headers) => ({ span: NO_SPAN, headers }),
  incoming: () => NO_SPAN,
};
