import type { TopicPolicy } from '@pochta/protocol';
import type { PayloadCodec } from '../codecs/payload-codec';

/** A class whose instances are payloads, with class-validator's decorators. */
export type PayloadClass<T> = new () => T;

/** What `defineTopic` is told of a topic beyond its name. */
export interface TopicOptions {
  /** Default: what the connection's `codecs` say, or else JSON. */
  readonly codec?: PayloadCodec;
  /** Created or updated so when the app starts, if the topic is among a `PochtaModule.forFeature`. */
  readonly policy?: Partial<TopicPolicy>;
  /** For the AsyncAPI document. */
  readonly description?: string;
}

/** What of a definition does not depend on the type of its payloads. */
export type NamedTopic = Pick<TopicDefinition<never>, 'name' | 'codec' | 'policy'>;

/**
 * A topic and the type of its payloads, and of the replies if it is for requests, known to publishers and handlers alike:
 * see `defineTopic`.
 *
 * The name may hold placeholders, as in `${region}.orders`: a connection's `names` say what they stand for.
 */
export interface TopicDefinition<T, R = unknown> extends TopicOptions {
  readonly name: string;
  /** The payloads' class, when there is one: they are checked against it before a publish, and before a handler. */
  readonly payload: PayloadClass<T> | undefined;
  /** Carries the type; there is no such property at run time. */
  readonly _type?: (payload: T) => T;
  /** Likewise. */
  readonly _reply?: R;
}
