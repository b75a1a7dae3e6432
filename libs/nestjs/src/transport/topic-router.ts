import { TopicFilter } from '@pochta/protocol';
import { byPrecision } from './filter-relations';

/** Topics whose handler is remembered. */
const MAX_REMEMBERED = 10_000;

/** Finds the handler whose pattern says most of a topic. */
export class TopicRouter<B extends { readonly pattern: string }> {
  readonly #routes: readonly { readonly filter: TopicFilter; readonly binding: B }[];
  readonly #remembered = new Map<string, B | undefined>();

  constructor(bindings: readonly B[]) {
    this.#routes = [...bindings]
      .sort((a, b) => byPrecision(a.pattern, b.pattern))
      .map((binding) => ({ filter: new TopicFilter(binding.pattern), binding }));
  }

  route(topic: string): B | undefined {
    const known = this.#remembered.get(topic);
    if (known !== undefined) return known;
    const binding = this.#routes.find(({ filter }) => filter.matches(topic))?.binding;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(topic, binding);
    return binding;
  }
}
