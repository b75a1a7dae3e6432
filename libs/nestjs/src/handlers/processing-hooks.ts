import type { BaseRpcContext } from '@nestjs/microservices';
import { type CallHandler, callHandler } from './handler';

/** Hooks that tracers set on a Nest transport, around the handling of a message. */
export interface ProcessingHooks {
  readonly start: ((context: BaseRpcContext, done: () => Promise<unknown>) => void) | undefined;
  readonly end: ((context: BaseRpcContext) => void) | undefined;
}

/** Calls handlers between the hooks that are set at that time. */
export function withHooks(hooks: ProcessingHooks): CallHandler {
  return (handler, value, context, listener) => {
    const { start } = hooks;
    if (start === undefined && hooks.end === undefined) return callHandler(handler, value, context, listener);
    let stop: (() => void) | undefined;
    let ended = false;
    const end = (): void => {
      if (!ended) hooks.end?.(context);
      ended = true;
    };
    const run = (): Promise<void> => {
      if (ended) return Promise.resolve();
      stop = callHandler(handler, value, context, {
        next: (result) => listener.next(result),
        error: (error) => (end(), listener.error(error)),
        complete: () => (end(), listener.complete()),
        stopped: () => listener.stopped?.(),
      });
      return Promise.resolve();
    };
    if (start === undefined) void run();
    else start(context, run);
    return () => {
      stop?.();
      end();
    };
  };
}
