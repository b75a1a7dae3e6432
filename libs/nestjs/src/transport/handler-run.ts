import type { MessageHandler } from '@nestjs/microservices';
import type { CodecTable } from '../codecs/codec-table';
import { isPromise } from '../codecs/promises';
import type { CallHandler, HandlerListener } from '../handlers/handler';
import { type MessageFacts, messageScope } from '../logging/message-scope';
import type { Span } from '../telemetry/telemetry';
import type { PochtaBatchContext, PochtaContext } from './pochta-context';

/**
 * Reads a payload by its codec, and runs what wants its value: at once, unless the codec gives a promise. `refuse` is told
 * what the codec throws, and not before this has returned.
 */
export function withValue(
  codecs: CodecTable,
  payload: { readonly topic: string; readonly contentType?: string; readonly bytes: Uint8Array },
  run: (value: unknown) => void,
  refuse: (error: unknown) => void,
): void {
  let value: unknown;
  try {
    value = codecs.read(payload.topic, payload);
  } catch (error) {
    queueMicrotask(() => refuse(error));
    return;
  }
  if (isPromise(value)) value.then(run, refuse);
  else run(value);
}

/** A handler's run for one message, request or batch. */
export interface HandlerRun {
  readonly handler: MessageHandler;
  readonly value: unknown;
  readonly context: PochtaContext | PochtaBatchContext;
  /** For the log, and for what the handler publishes. */
  readonly facts: MessageFacts;
  /** Ended with the run. */
  readonly span: Span | undefined;
}

/** Calls the handler within its span and its message's scope, as far as there are any. Gives what stops it. */
export function runHandler(
  call: CallHandler,
  { handler, value, context, facts, span }: HandlerRun,
  listener: HandlerListener,
): () => void {
  if (span === undefined && !messageScope.on) return call(handler, value, context, listener);
  if (span === undefined) return messageScope.run(facts, () => call(handler, value, context, listener));
  const traced: HandlerListener = {
    next: (result) => listener.next(result),
    error: (error) => (span.end(context.thrown ?? error), listener.error(error)),
    complete: () => (span.end(), listener.complete()),
  };
  const run = () => call(handler, value, context, traced);
  const stop = span.run(() => messageScope.run(facts, run));
  return () => (span.end(), stop());
}
