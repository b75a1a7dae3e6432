import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { checkPayload } from '../topics/payload-check';
import type { PayloadClass } from '../topics/topic-definition';
import { textOf } from './failure';
import { PayloadRefusal } from './outcomes';

/**
 * The payload as an instance of its topic's class; what is no object as it is. Rejects with `VALIDATION_FAILED`. Gives
 * no promise for a class that checks nothing.
 */
export function validated(type: PayloadClass<unknown>, value: unknown): unknown {
  const plain =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof type);
  const payload: unknown = plain ? plainToInstance(type as PayloadClass<object>, value) : value;
  return checkPayload(type, payload)?.then(() => payload) ?? payload;
}

/** Checks the handler's payload by its topic's class. What does not fit never will. */
export class DefinedPayloadPipe implements PipeTransform {
  constructor(private readonly type: PayloadClass<unknown>) {}

  async transform(value: unknown, { type, data }: ArgumentMetadata): Promise<unknown> {
    // A method's pipes run for all its parameters; the payload is the one that Nest calls a body.
    if (type !== 'body' || data !== undefined) return value;
    try {
      return await validated(this.type, value);
    } catch (error) {
      throw new PayloadRefusal(textOf(error), error);
    }
  }
}
