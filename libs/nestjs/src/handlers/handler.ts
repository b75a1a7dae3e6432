import type { BaseRpcContext, MessageHandler } from '@nestjs/microservices';
import { isObservable, type Observable, type Unsubscribable } from 'rxjs';

/** What is told of a handler's run. It must not throw. */
export interface HandlerListener {
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
  /** The handler was stopped, and nothing of it goes on any more. A promise does go on, until it settles. */
  stopped?(): void;
}

/**
 * Calls a handler with Nest's guards, pipes, interceptors and filters, and tells the listener the values that it gives,
 * or its error. What it returns stops that: an observable is unsubscribed from, a promise's value is dropped.
 */
export type CallHandler = (
  handler: MessageHandler,
  value: unknown,
  context: BaseRpcContext,
  listener: HandlerListener,
) => () => void;

/** A handler gives a value, a promise of one, or an observable; or a promise of an observable. */
export const callHandler: CallHandler = (handler, value, context, listener) => {
  let subscription: Unsubscribable | undefined;
  let stopped = false;
  const onResult = (result: unknown): void => {
    if (stopped) return listener.stopped?.();
    let observable: Observable<unknown> | undefined;
    try {
      if (isObservable(result)) observable = result;
    } catch (error) {
      // A getter or a proxy may throw whatever is asked of it.
      return listener.error(error);
    }
    if (observable !== undefined) {
      subscription = observable.subscribe(listener);
    } else {
      listener.next(result);
      listener.complete();
    }
  };
  const onError = (error: unknown): void => {
    if (stopped) listener.stopped?.();
    else listener.error(error);
  };
  try {
    // Nest's type lists promises and observables only, but a handler without interceptors gives what it returned.
    const result: unknown = handler(value, context);
    void Promise.resolve(result).then(onResult, onError);
  } catch (error) {
    // Not before this has returned what stops it.
    queueMicrotask(() => onError(error));
  }
  return () => {
    stopped = true;
    if (subscription === undefined) return;
    subscription.unsubscribe();
    listener.stopped?.();
  };
};
