import { AsyncLocalStorage } from 'node:async_hooks';
import { type CanActivate, Catch, type ExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';

/** What is known of one message's way through a topic's handler. */
export interface HandlerRun {
  /** All guards have let the message pass. */
  admitted: boolean;
  /** The exception that went to Nest's exception filters last. */
  exception?: unknown;
}

const runs = new AsyncLocalStorage<HandlerRun>();

/** Runs the work so that the two enhancers below, which `@Topic` puts on its method, find this run. */
export function within<T>(run: HandlerRun, work: () => T): T {
  return runs.run(run, work);
}

/**
 * The last of a method's guards, which lets everything pass: it only notes that it was reached. No interceptor, though
 * that needs no order: the first one of a handler costs ten times as much as all the rest of Nest's way to it.
 */
export class AdmissionMark implements CanActivate {
  canActivate(): true {
    const run = runs.getStore();
    if (run !== undefined) run.admitted = true;
    return true;
  }
}

/**
 * Nest turns an exception that no filter wants into `{ status: 'error', message: 'Internal server error' }`, and then
 * a refused message cannot be told from a bug. A filter that caught everything would know, but would also take
 * exceptions away from the filters of the controller and of the app, which come later. So this filter is asked
 * whether it wants each exception, which is when it sees it, and always declines.
 */
class EveryException {
  static [Symbol.hasInstance](exception: unknown): boolean {
    const run = runs.getStore();
    if (run !== undefined) run.exception = exception;
    return false;
  }
}

@Catch(EveryException)
export class ExceptionWitness implements ExceptionFilter {
  /** Never called, since the filter never wants an exception. */
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}
