import { createParamDecorator, type ExecutionContext, type PipeTransform, type Type } from '@nestjs/common';
import { PochtaContext } from './pochta-context';

// Said here, since what is inferred with Nest 12 names types that Nest 11 does not have.
type HeadersDecorator = (
  name?: string,
  ...pipes: (Type<PipeTransform> | PipeTransform)[]
) => ParameterDecorator;

/**
 * The headers of the message or request, or the one of that name: `@MessageHeaders('tenant') tenant?: string`.
 * `undefined` under another transport, and in a handler of batches.
 */
export const MessageHeaders: HeadersDecorator = createParamDecorator(
  (name: string | undefined, execution: ExecutionContext): unknown => {
    const context = execution.switchToRpc().getContext<unknown>();
    if (!(context instanceof PochtaContext)) return undefined;
    return name === undefined ? context.headers : context.headers[name];
  },
);
