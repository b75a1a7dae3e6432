import type { BaseRpcContext, MessageHandler } from '@nestjs/microservices';
import { defer, isObservable, mergeMap, type Observable, of } from 'rxjs';

/** Calls a handler with Nest's guards, pipes, interceptors and filters; the values it gives, or its error. */
export type CallHandler = (
  handler: MessageHandler,
  value: unknown,
  context: BaseRpcContext,
) => Observable<unknown>;

/** A handler gives a value, a promise of one, or an observable; or a promise of an observable. */
export const callHandler: CallHandler = (handler, value, context) =>
  // Nest's type lists promises and observables only, but a handler without interceptors gives what it returned.
  defer(async () => (await handler(value, context)) as unknown).pipe(
    mergeMap((result) => (isObservable(result) ? result : of(result))),
  );
