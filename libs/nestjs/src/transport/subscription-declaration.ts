import type { TopicDefinition } from '../topics/topic-definition';

/** Under this name among a pattern's extras. */
export const SUBSCRIPTION = Symbol('pochta subscription');

/** What `@Subscribe` notes on its method. */
export interface SubscriptionDeclaration {
  /** Decorator, class and method, for messages to the author. */
  readonly place: string;
  readonly definition: TopicDefinition<never> | undefined;
}
