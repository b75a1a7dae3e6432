import type { Logger } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import type { ReceivedMessage } from '@pochta/client';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { CallHandler, HandlerListener } from '../handlers/handler';
import { messageScope } from '../logging/message-scope';
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

/** A message of a batch stands for all: where the batch is from. */
type Facts = Pick<ReceivedMessage, 'topic' | 'sequence' | 'headers' | 'bytes'>;

type Done = (failure: Failure | undefined) => void;

/** Reads the payload by its codec. Throws, or gives a promise that rejects, what `undecodable` is for. */
export function decode(
  connection: PochtaConnection,
  { topic, contentType, bytes }: ReceivedMessage,
): unknown {
  const codec = connection.codecs.forContent(topic, contentType);
  return codec === undefined ? bytes : codec.decode(bytes, topic);
}

export function undecodable(error: unknown): Failure {
  return termination(`the payload cannot be read: ${textOf(error)}`);
}

/** Decodes a message and runs the handler; `done` is called once, and not before this has returned. */
export function handleMessage(
  environment: HandlingEnvironment,
  handler: MessageHandler,
  message: ReceivedMessage & { readonly group?: string },
  context: PochtaContext,
  done: Done,
): void {
  let value: unknown;
  try {
    value = decode(environment.connection, message);
  } catch (error) {
    queueMicrotask(() => done(undecodable(error)));
    return;
  }
  if (!(value instanceof Promise)) return runHandler(environment, handler, value, context, message, done);
  value.then(
    (decoded: unknown) => runHandler(environment, handler, decoded, context, message, done),
    (error: unknown) => done(undecodable(error)),
  );
}

/** Runs the handler in a span of its own, if there are any. */
export function runHandler(
  { call, connection }: HandlingEnvironment,
  handler: MessageHandler,
  value: unknown,
  context: PochtaContext | PochtaBatchContext,
  facts: Facts & { readonly group?: string; readonly batchSize?: number },
  done: Done,
): void {
  const { topic, group, batchSize, headers, bytes } = facts;
  const { telemetry } = connection;
  const size = batchSize === undefined ? bytes.length : undefined;
  const span = telemetry.enabled
    ? telemetry.incoming({ type: 'process', topic, group, batchSize, size }, headers)
    : undefined;
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

const ignore = (): void => undefined;
