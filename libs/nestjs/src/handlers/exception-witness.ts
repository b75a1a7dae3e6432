import { Catch, type ExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import { handlerLane } from './handler-lane';

/**
 * Nest turns an exception that no filter wants into `{ status: 'error', message: 'Internal server error' }`, and then
 * a refused message cannot be told from a bug. A filter that caught everything would know, but would also take
 * exceptions away from the filters of the controller and of the app, which come later. So this filter is asked
 * whether it wants each exception, which is when it sees it, and always declines.
 */
class EveryException {
  static [Symbol.hasInstance](exception: unknown): boolean {
    const run = handlerLane.current;
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
