import { TopicFilter } from '@pochta/protocol';
import { TopicMemo } from '../topic-memo';
import { byPrecision } from './filter-relations';

/** Finds the handler whose pattern says most of a topic. */
export class TopicRouter<B extends { readonly pattern: string }> {
  readonly #bindings: TopicMemo<B | undefined>;

  constructor(bindings: readonly B[]) {
    const routes = [...bindings]
      .sort((a, b) => byPrecision(a.pattern, b.pattern))
      .map((binding) => ({ filter: new TopicFilter(binding.pattern), binding }));
    this.#bindings = new TopicMemo((topic) => routes.find(({ filter }) => filter.matches(topic))?.binding);
  }

  route(topic: string): B | undefined {
    return this.#bindings.get(topic);
  }
}
