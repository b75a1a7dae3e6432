import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { isPromise } from '../codecs/promises';
import type { PayloadClass } from '../topics/topic-definition';
import { textOf } from './failure';
import { PayloadRefusal } from './outcomes';
import { validated } from './payload-validation';
import { PochtaBatchContext, PochtaContext } from './pochta-context';

/**
 * The last of a method's guards: it notes that it was reached, and checks the payload by its topic's class, if it has one. What
 * does not fit never will.
 *
 * No pipe: those run only for the parameters that a handler takes, and it may take its context alone, or one field. No
 * interceptor: the first one of a handler costs more than all the rest of Nest's way to it.
 */
export class Admission implements CanActivate {
  constructor(private readonly type: PayloadClass<unknown> | undefined) {}

  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    const context = execution.switchToRpc().getContext<unknown>();
    if (context instanceof PochtaContext || context instanceof PochtaBatchContext) context.admitted = true;
    if (this.type === undefined) return true;
    const args = execution.getArgs<unknown[]>();
    const payload = validated(this.type, args[0]);
    if (isPromise(payload)) return admit(args, payload);
    args[0] = payload;
    return true;
  }
}

async function admit(args: unknown[], payload: PromiseLike<unknown>): Promise<true> {
  try {
    args[0] = await payload;
  } catch (error) {
    throw new PayloadRefusal(textOf(error), error);
  }
  return true;
}
