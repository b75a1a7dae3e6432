import { type CanActivate, Catch, type ExceptionFilter, type ExecutionContext } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import { handlerLane } from './handler-lane';
import { TopicContext } from './topic-context';

/** The context of one message's way through a topic's handler. */
export class AdmissionContext extends TopicContext {
  /** All guards have let the message pass. */
  admitted = false;
}

/**
 * The last of a method's guards, which lets everything pass: it only notes that it was reached. No interceptor, though
 * that needs no order: the first one of a handler costs ten times as much as all the rest of Nest's way to it.
 */
export class AdmissionMark implements CanActivate {
  canActivate(execution: ExecutionContext): true {
    const context = execution.switchToRpc().getContext<unknown>();
    if (context instanceof AdmissionContext) context.admitted = true;
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
