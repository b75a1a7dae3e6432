import type { Logger } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import type { ReceivedMessage } from '@pochta/client';
import { isPromise } from '../codecs/promises';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { CallHandler, HandlerListener } from '../handlers/handler';
import { messageScope } from '../logging/message-scope';
import type { Headers, Span } from '../telemetry/telemetry';
import { type Failure, failureOf, termination, textOf } from './failure';
import type { PochtaBatchContext, PochtaContext } from './pochta-context';

/** What all that handles messages shares. */
export interface HandlingEnvironment {
  readonly connection: PochtaConnection;
  readonly call: CallHandler;
  readonly logger: Logger;
  /** For the contexts. Aborted when the close has waited long enough. */
  readonly signal: AbortSignal;
}

type GroupMessage = ReceivedMessage & { readonly group?: string };

/** A message of a batch stands for all: where the batch is from. */
type Facts = Pick<GroupMessage, 'topic' | 'group' | 'sequence' | 'headers' | 'bytes'> & {
  readonly batch?: readonly (Headers | undefined)[];
};

type Done = (failure: Failure | undefined) => void;

/** What reading the payload threw, or rejected with. */
export function undecodable(error: unknown): Failure {
  return { ...termination(`the payload cannot be read: ${textOf(error)}`), error };
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
  const run = (decoded: unknown): void =>
    runHandler(environment, handler, decoded, context, message, done, span);
  let value: unknown;
  try {
    value = environment.connection.codecs.read(message.topic, message);
  } catch (error) {
    queueMicrotask(() => done(undecodable(error)));
    return;
  }
  if (!isPromise(value)) return run(value);
  value.then(run, (error: unknown) => done(undecodable(error)));
}

/** Runs the handler in a span of its own, if there are any: `within` that of the message. */
export function runHandler(
  { call, connection }: HandlingEnvironment,
  handler: MessageHandler,
  value: unknown,
  context: PochtaContext | PochtaBatchContext,
  facts: Facts,
  done: Done,
  within?: Span,
): void {
  const span = connection.telemetry.enabled ? processSpan(connection, facts, within) : undefined;
  const listener: HandlerListener = {
    next: ignore,
    error: (error) => {
      span?.end(context.thrown ?? error);
      done(failureOf(error, context.thrown));
    },
    complete: () => {
      span?.end();
      done(undefined);
    },
  };
  const run = () => call(handler, value, context, listener);
  const inScope = () => (messageScope.on ? messageScope.run(facts, run) : run());
  if (span === undefined) inScope();
  else span.run(inScope);
}

function processSpan({ telemetry }: PochtaConnection, facts: Facts, within: Span | undefined): Span {
  const { topic, group, batch, headers, bytes } = facts;
  if (batch !== undefined)
    return telemetry.incoming({ type: 'process', topic, group, batchSize: batch.length }, batch);
  return telemetry.incoming({ type: 'process', topic, group, size: bytes.length }, headers, within);
}

const ignore = (): void => undefined;
