import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';
import { PochtaBatchContext, PochtaContext } from './pochta-context';

/**
 * Notes on the context what a pipe or the handler throws: Nest's exception layer makes the same of a payload that is wrong
 * for good and of a database that is down. Interceptors are around pipes and handler.
 */
export class ExceptionNote implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        const context = execution.switchToRpc().getContext<unknown>();
        if (context instanceof PochtaContext || context instanceof PochtaBatchContext) context.thrown = error;
        throw error;
      }),
    );
  }
}
