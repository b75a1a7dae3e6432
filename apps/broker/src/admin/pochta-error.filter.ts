import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { PochtaError } from '@pochta/protocol';
import { type Observable, throwError } from 'rxjs';

/** Lets the errors of Pochta reach the requester with their codes; Nest would hide them as "Internal server error". */
@Catch(PochtaError)
export class PochtaErrorFilter implements RpcExceptionFilter<PochtaError> {
  catch({ code, message }: PochtaError): Observable<never> {
    return throwError(() => ({ code, message }));
  }
}
