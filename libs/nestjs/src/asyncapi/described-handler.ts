import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { Server } from '@nestjs/microservices';
import { METADATA, type PatternMethod, patternMethods } from '../handlers/pattern-metadata';
import { patternTopic } from '../topics/pattern-topic';
import type { DescribedTopic } from './described-topic';
import type { SubscribeOptions } from '../transport/subscribe-options';
import { optionsAmong } from '../transport/subscribe-settings';
import { SUBSCRIPTION, type SubscriptionDeclaration } from '../transport/subscription-declaration';
import { type AsyncApiOperationOptions, operationOptions } from './asyncapi-operation.decorator';

/** Kinds of Nest's: a handler of requests, a handler of events. */
const REQUEST = 1;
const EVENT = 2;
/** What Nest calls the parameter that `@Payload()` is on. */
const PAYLOAD = 3;

/** A method that takes messages, as its decorators describe it. */
export interface DescribedHandler {
  /** `OrdersController.created`. */
  readonly name: string;
  /** A topic, perhaps with placeholders, or a topic filter. */
  readonly topic: string;
  readonly isRequest: boolean;
  readonly options: SubscribeOptions;
  readonly definition: DescribedTopic | undefined;
  readonly described: AsyncApiOperationOptions;
  /** Class of the `@Payload()` parameter; `undefined` when there is none, or the parameter is only a field of it. */
  readonly payload: Type | undefined;
  readonly returns: Type | undefined;
}

/** The handlers of an app's controllers that are bound to one of the transports, or to none in particular. */
export function describedHandlers(
  modules: ModulesContainer,
  transports: readonly symbol[],
): DescribedHandler[] {
  return patternMethods(modules).flatMap((method) => handlersOf(method, transports));
}

/** One for each pattern of the method. */
function handlersOf(
  { controller, name, method, extras }: PatternMethod,
  transports: readonly symbol[],
): DescribedHandler[] {
  const prototype = controller.prototype as object;
  const kind = Reflect.getMetadata(METADATA.kind, method) as unknown;
  const transport = Reflect.getMetadata(METADATA.transport, method) as unknown;
  if (kind !== REQUEST && kind !== EVENT) return [];
  if (transport !== undefined && !transports.includes(transport as symbol)) return [];
  const definition = (extras[SUBSCRIPTION] as SubscriptionDeclaration | undefined)?.definition;
  const common = {
    name: `${controller.name}.${name}`,
    isRequest: kind === REQUEST,
    options: optionsAmong(extras),
    definition,
    described: operationOptions(method),
    payload: payloadType(controller, prototype, name),
    returns: Reflect.getMetadata('design:returntype', prototype, name) as Type | undefined,
  };
  const patterns = Reflect.getMetadata(METADATA.pattern, method) as readonly unknown[];
  return patterns.map((pattern) => ({ ...common, topic: definition?.name ?? topicOf(pattern) }));
}

function topicOf(pattern: unknown): string {
  // What the transports themselves do with it; it uses nothing of its server.
  return patternTopic(Server.prototype['normalizePattern'](pattern as string));
}

/** Without any decorated parameter, Nest gives a handler the payload first. */
function payloadType(controller: Type, prototype: object, method: string): Type | undefined {
  const types = (Reflect.getMetadata('design:paramtypes', prototype, method) ?? []) as readonly Type[];
  const parameters = Reflect.getMetadata(METADATA.parameters, controller, method) as
    Readonly<Record<string, { readonly index: number; readonly data?: unknown }>> | undefined;
  if (parameters === undefined) return types[0];
  const [, payload] =
    Object.entries(parameters).find(
      ([key, { data }]) => Number(key.split(':')[0]) === PAYLOAD && data === undefined,
    ) ?? [];
  return payload === undefined ? undefined : types[payload.index];
}
