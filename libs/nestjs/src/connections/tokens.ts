import { Inject } from '@nestjs/common';
import type { NamedTopic } from '../topics/topic-definition';
import { DEFAULT_CONNECTION } from './connection-options';

/**
 * Under which the `PochtaClientProxy` of a connection is provided. Nest puts a token into its error when there is none, so
 * that these say where theirs comes from.
 */
export function getPochtaToken(name: string = DEFAULT_CONNECTION): string {
  return `PochtaClientProxy(${name}) of PochtaModule.forRoot(), for @InjectPochta()`;
}

/** Under which the `PochtaConnection` itself is provided. */
export function getConnectionToken(name: string = DEFAULT_CONNECTION): string {
  return `PochtaConnection(${name}) of PochtaModule.forRoot(), for @InjectPochtaConnection()`;
}

/**
 * Under which options are provided that go before those of the connection; `{}` unless somebody overrides it, as tests do
 * by Nest's `overrideProvider`.
 */
export function getConnectionOverridesToken(name: string = DEFAULT_CONNECTION): string {
  return `PochtaConnectionOverrides(${name})`;
}

/** Under which the `TopicPublisher` of a topic is provided, that a `PochtaModule.forFeature` names. */
export function getTopicToken(
  topic: string | NamedTopic,
  connectionName: string = DEFAULT_CONNECTION,
): string {
  const name = typeof topic === 'string' ? topic : topic.name;
  return `TopicPublisher(${connectionName}:${name}) of PochtaModule.forFeature([…]), for @InjectTopic()`;
}

/** Injects the `PochtaClientProxy` of a connection. */
export const InjectPochta = (name?: string): ParameterDecorator & PropertyDecorator =>
  Inject(getPochtaToken(name));

/** Injects the `PochtaConnection` itself, say, to look at its status. */
export const InjectPochtaConnection = (name?: string): ParameterDecorator & PropertyDecorator =>
  Inject(getConnectionToken(name));

/** Injects the `TopicPublisher` of a topic that a `PochtaModule.forFeature` names. */
export const InjectTopic = (
  topic: string | NamedTopic,
  connectionName?: string,
): ParameterDecorator & PropertyDecorator => Inject(getTopicToken(topic, connectionName));
