import type { Logger } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import type { ReceivedMessage } from '@pochta/client';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { CallHandler } from '../handlers/handler';
import type { Headers, Span } from '../telemetry/telemetry';
import { type Failure, failureOf, textOf, unfit } from './failure';
import { runHandler, runNoted, withValue } from './handler-run';
import type { PochtaBatchContext, PochtaContext } from './pochta-context';
import { SUBSCRIPTION } from './subscription-declaration';

/** What all that handles messages shares. */
export interface HandlingEnvironment {
  readonly connection: PochtaConnection;
  readonly call: CallHandler;
  readonly logger: Logger;
  /** For the contexts. Aborted when the close has waited long enough. */
  readonly signal: AbortSignal;
}

type Extras = Record<symbol, unknown> | undefined;

type GroupMessage = ReceivedMessage & { readonly group?: string };

/** A message of a batch stands for all: where the batch is from. */
type Facts = Pick<GroupMessage, 'topic' | 'group' | 'sequence' | 'headers' | 'bytes'> & {
  readonly batch?: readonly (Headers | undefined)[];
};

type Done = (failure: Failure | undefined) => void;

/** What reading the payload threw, or rejected with. */
export function undecodable(error: unknown): Failure {
  return { ...unfit(`the payload cannot be read: ${textOf(error)}`), error };
}

/** The span of a message that came in, if there are any; `settled` ends it. */
export function deliverSpan(
  { telemetry }: PochtaConnection,
  { topic, group, headers, bytes }: GroupMessage,
): Span | undefined {
  if (!telemetry.enabled) return undefined;
  return telemetry.incoming({ type: 'deliver', topic, group, size: bytes.length }, headers);
}

export function settled(span: Span | undefined, failure: Failure | undefined): void {
  span?.end(failure && (failure.error ?? failure.reason));
}

/** Decodes a message and runs the handler; `done` is called once, and not before this has returned. */
export function handleMessage(
  environment: HandlingEnvironment,
  handler: MessageHandler,
  message: GroupMessage,
  context: PochtaContext,
  whenDone: Done,
): void {
  const span = deliverSpan(environment.connection, message);
  const done: Done = span === undefined ? whenDone : (failure) => (settled(span, failure), whenDone(failure));
  withValue(
    environment.connection.codecs,
    message,
    (value) => runEventHandler(environment, handler, value, context, message, done, span),
    (error) => done(undecodable(error)),
  );
}

/** Runs the handler in a span of its own, if there are any: `within` that of the message. */
export function runEventHandler(
  { call, connection }: HandlingEnvironment,
  handler: MessageHandler,
  value: unknown,
  context: PochtaContext | PochtaBatchContext,
  facts: Facts,
  done: Done,
  within?: Span,
): void {
  const span = connection.telemetry.enabled ? processSpan(connection, facts, within) : undefined;
  const run = (handler.extras as Extras)?.[SUBSCRIPTION] === undefined ? runHandler : runNoted;
  run(
    call,
    { handler, value, context, facts, span },
    {
      next: ignore,
      error: (error) => done(failureOf(error, context.thrown)),
      complete: () => done(undefined),
    },
  );
}

function processSpan({ telemetry }: PochtaConnection, facts: Facts, within: Span | undefined): Span {
  const { topic, group, batch, headers, bytes } = facts;
  if (batch !== undefined)
    return telemetry.incoming({ type: 'process', topic, group, batchSize: batch.length }, batch);
  return telemetry.incoming({ type: 'process', topic, group, size: bytes.length }, headers, within);
}

const ignore = (): void => undefined;
