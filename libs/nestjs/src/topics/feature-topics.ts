/** Under which a module provides the topic definitions that it publishes to, so that the document can name them. */
export const FEATURE_TOPICS = Symbol('pochta feature topics');
