import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { PochtaContext } from './pochta-context';

/**
 * The headers of the message or request, or the one of that name: `@MessageHeaders('tenant') tenant?: string`.
 * `undefined` under another transport, and in a handler of batches.
 */
export const MessageHeaders = createParamDecorator(
  (name: string | undefined, execution: ExecutionContext): unknown => {
    const context = execution.switchToRpc().getContext<unknown>();
    if (!(context instanceof PochtaContext)) return undefined;
    return name === undefined ? context.headers : context.headers[name];
  },
);
