import type { MessageHandler } from '@nestjs/microservices';
import type { CodecTable } from '../codecs/codec-table';
import { isPromise } from '../codecs/promises';
import type { CallHandler, HandlerListener } from '../handlers/handler';
import { handlerLane, type HandlerRun } from '../handlers/handler-lane';
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
export interface Handling {
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
  { handler, value, context, facts, span }: Handling,
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

/**
 * Runs the handler of a `@Subscribe` in its turn, so that what it throws is noted on its context: Nest's exception layer makes
 * the same of a payload that is wrong for good and of a database that is down.
 */
export function runNoted(call: CallHandler, handling: Handling, listener: HandlerListener): void {
  const { context } = handling;
  const run: HandlerRun = {
    set exception(thrown: unknown) {
      // A guard says nothing of the payload.
      if (context.admitted) context.thrown = thrown;
    },
    start: () => {
      const heard: HandlerListener = {
        next: (result) => listener.next(result),
        error: (error) => (listener.error(error), handlerLane.ended(run)),
        complete: () => (listener.complete(), handlerLane.ended(run)),
      };
      try {
        runHandler(call, handling, heard);
      } catch (error) {
        // Of a tracer's hook.
        queueMicrotask(() => heard.error(error));
      }
    },
  };
  let next: HandlerRun | undefined = run;
  handlerLane.add({
    next: () => {
      const taken = next;
      next = undefined;
      return taken;
    },
  });
}
