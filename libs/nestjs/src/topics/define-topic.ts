import { errorFor, validateTopicName, type TopicPolicy } from '@pochta/protocol';
import type { PayloadCodec } from '../codecs/payload-codec';
import { withoutPlaceholders } from './placeholders';
import type { PayloadClass, TopicDefinition, TopicOptions } from './topic-definition';

/** Marks definitions, also those of another installed copy of this package, and copies of one with other options. */
const TOPIC = Symbol.for('pochta.topic');

class DefinedTopic<T, R> implements TopicDefinition<T, R> {
  readonly [TOPIC] = true;
  readonly codec?: PayloadCodec;
  readonly policy?: Partial<TopicPolicy>;
  readonly description?: string;

  constructor(
    readonly name: string,
    readonly payload: PayloadClass<T> | undefined,
    { codec, policy, description }: TopicOptions,
  ) {
    this.codec = codec;
    this.policy = policy;
    this.description = description;
  }
}

/**
 * Says what a topic's payloads are, for publishers and handlers alike.
 *
 * ```ts
 * export const orders = defineTopic<Order>('orders.created');
 * export const sums = defineTopic<number[], number>('sums'); // for requests: what is asked, what is replied
 * export const invoices = defineTopic('${region}.invoices', InvoiceDto, { policy: { maxMessages: 10_000 } });
 * ```
 *
 * With a class, payloads are also checked at run time, by the class's class-validator decorators: before a publish, which
 * rejects with `VALIDATION_FAILED` and is not sent, and before a handler. Fields that the class does not know are kept.
 *
 * @param name the topic, where `${…}` are placeholders: a connection's `names` say what they stand for. Not a filter.
 *
 * Throws `INVALID_CONFIG` for what cannot be a topic's name.
 */
export function defineTopic<T, R = unknown>(name: string, options?: TopicOptions): TopicDefinition<T, R>;
export function defineTopic<T, R = unknown>(
  name: string,
  payload: PayloadClass<T>,
  options?: TopicOptions,
): TopicDefinition<T, R>;
export function defineTopic<T, R>(
  name: string,
  payloadOrOptions: PayloadClass<T> | TopicOptions = {},
  options: TopicOptions = {},
): TopicDefinition<T, R> {
  const problem =
    typeof name === 'string' ? validateTopicName(withoutPlaceholders(name, () => 'x')) : 'must be text';
  if (problem !== undefined)
    throw errorFor('INVALID_CONFIG', `The topic's name ${JSON.stringify(name)} ${problem}`, {
      field: 'name',
    });
  if (typeof payloadOrOptions === 'function') return new DefinedTopic<T, R>(name, payloadOrOptions, options);
  return new DefinedTopic<T, R>(name, undefined, payloadOrOptions);
}

/** Whether the value came from `defineTopic`. */
export function isTopicDefinition(value: unknown): value is TopicDefinition<unknown> {
  return (value as { readonly [TOPIC]?: unknown } | null | undefined)?.[TOPIC] === true;
}

/** Throws `INVALID_CONFIG` for what is no definition; its type alone does not tell, since objects that look alike pass. */
export function checkDefinition(value: unknown): void {
  if (isTopicDefinition(value)) return;
  throw errorFor('INVALID_CONFIG', `${shown(value)} is not a topic that defineTopic has made`, {
    field: 'topic',
  });
}

function shown(value: unknown): string {
  const { name } = (value ?? {}) as { readonly name?: unknown };
  return typeof name === 'string' ? `{ name: ${JSON.stringify(name)} }` : String(value);
}
