import type { TopicDefinition } from '../topics/topic-definition';

/** A definition, without the type of its payloads. */
export type AnyDefinition = Omit<TopicDefinition<unknown>, '_type' | '_reply'>;

/** Under this name among a pattern's extras. */
export const SUBSCRIPTION = Symbol('pochta subscription');

/** What `@Subscribe` notes on its method. */
export interface SubscriptionDeclaration {
  /** Decorator, class and method, for messages to the author. */
  readonly place: string;
  readonly definition: AnyDefinition | undefined;
  /** As given to Nest. */
  readonly patterns: readonly string[];
  /** Whether the method had another pattern before; Nest keeps one decorator's only. */
  readonly displaces: boolean;
  /** Whether a strategy has the handler. */
  bound: boolean;
}
