import { SetMetadata } from '@nestjs/common';
import type { PayloadSource } from './payload-schemas';

const OPERATION = 'pochta:asyncapi-operation';

/** What the AsyncAPI document cannot find out by itself of a handler. */
export interface AsyncApiOperationOptions {
  /** A few words. */
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  /** Class of the messages, or `[Class]` for an array of them; default: that of the `@Payload()` parameter. */
  readonly payload?: PayloadSource;
  /** Class of a request's reply, or of its parts; TypeScript keeps no trace of what a promise is of. */
  readonly reply?: PayloadSource;
  /** Class whose fields are the headers that the handler reads. */
  readonly headers?: PayloadSource;
}

/** Describes a handler for the AsyncAPI document. */
export const AsyncApiOperation = (options: AsyncApiOperationOptions): MethodDecorator =>
  SetMetadata(OPERATION, options);

export function operationOptions(method: object): AsyncApiOperationOptions {
  return (Reflect.getMetadata(OPERATION, method) as AsyncApiOperationOptions | undefined) ?? {};
}
