import { applyDecorators, UseFilters, UsePipes } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import type { TopicPolicy } from '@pochta/protocol';
import { ExceptionWitness } from '../handlers/exception-witness';
import { guardLast } from '../handlers/last-guard';
import { METADATA } from '../handlers/pattern-metadata';
import { AdmissionMark } from './admission-mark';
import { TopicValidationPipe } from './topic-validation.pipe';
import { POCHTA_BROKER } from './transport-id';

/** What `@Topic` notes on its method. */
export interface TopicDeclaration {
  readonly name: string;
  readonly policy: Partial<TopicPolicy>;
  /** Class and method, for messages to the author. */
  readonly place: string;
  /** Whether the method had another pattern before; Nest keeps one only. */
  readonly displaces: boolean;
}

/** Under this name among the pattern's extras. */
export const TOPIC_DECLARATION = 'pochta:topic';

/**
 * Declares a topic, and lets the method handle what is published to it, before it is stored.
 *
 * ```ts
 * @Controller()
 * export class StockPrices {
 *   @Topic('stock_prices', { overflow: 'drop-oldest' })
 *   onPublish(@Payload() price: StockPrice): void {}
 * }
 * ```
 *
 * - The payload is checked against the class of the `@Payload()` parameter (class-validator); fields that the class
 *   does not know are kept, nothing is converted. Guards, pipes, interceptors and filters work as in any Nest handler.
 * - What the method returns, or the last value of its promise or observable, is stored as JSON in place of the
 *   payload. When it returns `undefined`, the payload is stored as it came, byte for byte; returning the payload itself
 *   writes it anew, which changes how numbers are written (`1.0` becomes `1`) and nothing else.
 * - To refuse a publish, throw: an `RpcException` or an `HttpException` below 500 is answered with `VALIDATION_FAILED`
 *   and its message (401 and 403 with `FORBIDDEN`; an `RpcException` may name another code of Pochta's in
 *   `{ code, message }`). A guard that refuses is answered with `FORBIDDEN`. Anything else that is thrown is
 *   logged and answered with `HANDLER_FAILED`, without its message. Nothing refused is stored.
 * - Messages that arrive together are handled concurrently as far as handlers wait for anything, and stored in the order in
 *   which they came.
 * - What goes into the topic in any other way than by a publish passes no handler.
 *
 * @param name the topic; not a filter. A second `@Topic` of that name fails at start-up.
 * @param policy how the topic treats its messages. What it leaves out is as configured under `defaults`; what is
 *   configured for the topic by its name goes before it.
 */
export function Topic(name: string, policy: Partial<TopicPolicy> = {}): MethodDecorator {
  return (target, key, descriptor) => {
    const declaration: TopicDeclaration = {
      name,
      policy,
      place: `${target.constructor.name}.${String(key)}`,
      displaces: Reflect.hasMetadata(METADATA.pattern, descriptor.value as object),
    };
    applyDecorators(
      MessagePattern<string>(name, POCHTA_BROKER, { [TOPIC_DECLARATION]: declaration }),
      UsePipes(new TopicValidationPipe()),
      UseFilters(new ExceptionWitness()),
    )(target, key, descriptor);
    guardLast(new AdmissionMark(), target, key);
  };
}
