import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { errorFor } from '@pochta/protocol';
import { plainToInstance } from 'class-transformer';
import type { Observable } from 'rxjs';
import { checkPayload } from '../topics/payload-check';
import type { PayloadClass } from '../topics/topic-definition';
import { textOf } from './failure';
import { PayloadRefusal } from './outcomes';

/**
 * The payload as an instance of its topic's class; what is no object as it is. Rejects with `VALIDATION_FAILED`. Gives
 * no promise for a class that checks nothing. Never throws.
 */
export function validated(type: PayloadClass<unknown>, value: unknown): unknown {
  const plain =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof type);
  let payload = value;
  try {
    if (plain) payload = plainToInstance(type as PayloadClass<object>, value);
  } catch (error) {
    // The class's constructor, setters or transforms.
    return Promise.reject(errorFor('VALIDATION_FAILED', textOf(error), { cause: error }));
  }
  return checkPayload(type, payload)?.then(() => payload) ?? payload;
}

/**
 * Checks the handler's payload by its topic's class. What does not fit never will. No pipe: those run only for the
 * parameters that a handler takes, and it may take its context alone, or one field.
 */
export class DefinedPayloadCheck implements NestInterceptor {
  constructor(private readonly type: PayloadClass<unknown>) {}

  async intercept(execution: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const args = execution.getArgs<unknown[]>();
    try {
      args[0] = await validated(this.type, args[0]);
    } catch (error) {
      throw new PayloadRefusal(textOf(error), error);
    }
    return next.handle();
  }
}
