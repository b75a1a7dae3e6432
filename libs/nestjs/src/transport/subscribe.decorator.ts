import { applyDecorators, UseFilters } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { ExceptionWitness } from '../handlers/exception-witness';
import { guardLast } from '../handlers/last-guard';
import { METADATA } from '../handlers/pattern-metadata';
import type { TopicDefinition } from '../topics/topic-definition';
import { Admission } from './admission';
import type { BatchOptions, SubscribeOptions } from './subscribe-options';
import { type AnyDefinition, SUBSCRIPTION, type SubscriptionDeclaration } from './subscription-declaration';
import { POCHTA } from './transport-id';

/** Decorates a method whose first parameter takes the payload. */
export type PayloadHandlerDecorator<T> = <M extends (payload: T, ...rest: never[]) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/** Options of `@Subscribe`: the handler's, and to which strategy it is bound. */
export interface SubscribeDecoratorOptions extends SubscribeOptions {
  /** The `transportId` of the `PochtaServer`; default `POCHTA`. */
  readonly transportId?: symbol;
}

type Batched = SubscribeDecoratorOptions & { readonly batch: BatchOptions };

/**
 * Lets the method handle the messages of a topic, of all topics that a filter matches, of several of these, or of a topic
 * by its definition.
 *
 * ```ts
 * @Controller()
 * export class Billing {
 *   @Subscribe('orders.*', { group: 'billing', concurrency: 10, maxDeliveries: 8 })
 *   onOrder(@Payload() order: Order, @Ctx() ctx: PochtaContext): void {}
 * }
 * ```
 *
 * It is `@EventPattern` with options that are checked, bound to Pochta alone. With a definition, the method's first
 * parameter must take its payloads, or it does not compile; when the definition has a class, the payload is checked by it
 * before the handler. A payload that does not fit, also by a `ValidationPipe` (an `HttpException` with status 400 or
 * 422), becomes a dead letter at once, for it never will; on a dead-letter topic, which has none of its own, it comes again.
 *
 * What is wrong with the options is told when the app starts, with `INVALID_CONFIG`; so is a second pattern on the method,
 * of which Nest would keep one only.
 */
export function Subscribe<T>(topic: TopicDefinition<T>, options: Batched): PayloadHandlerDecorator<T[]>;
export function Subscribe<T>(
  topic: TopicDefinition<T>,
  options?: SubscribeDecoratorOptions,
): PayloadHandlerDecorator<T>;
export function Subscribe(
  topics: string | readonly string[],
  options?: SubscribeDecoratorOptions,
): MethodDecorator;
export function Subscribe(
  topic: string | readonly string[] | AnyDefinition,
  { transportId = POCHTA, ...options }: SubscribeDecoratorOptions = {},
): MethodDecorator {
  const definition = typeof topic === 'string' || Array.isArray(topic) ? undefined : (topic as AnyDefinition);
  const patterns = [
    definition === undefined ? (topic as string | readonly string[]) : definition.name,
  ].flat();
  const told = patterns.map((pattern) => `'${pattern}'`).join(', ');
  const decorator = `@Subscribe(${Array.isArray(topic) ? `[${told}]` : told})`;
  return (target, key, descriptor) => {
    const declaration: SubscriptionDeclaration = {
      place: `${decorator} on ${target.constructor.name}.${String(key)}`,
      definition,
      patterns,
      displaces: Reflect.hasMetadata(METADATA.pattern, descriptor.value as object),
      bound: false,
    };
    applyDecorators(
      EventPattern(patterns, transportId, { pochta: options, [SUBSCRIPTION]: declaration }),
      UseFilters(new ExceptionWitness()),
    )(target, key, descriptor);
    // The payloads of a batch are checked one by one, before they are in it.
    const type = options.batch === undefined ? definition?.payload : undefined;
    guardLast(new Admission(type), target, key);
  };
}
