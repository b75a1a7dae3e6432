/** Topics that are remembered; when there are more, all are forgotten. Fixed: requests may name any number. */
export const MAX_REMEMBERED_TOPICS = 10_000;

/** Finds something for a topic, and remembers what it has found, also that there is nothing. */
export class TopicMemo<V> {
  readonly #found = new Map<string, V>();

  constructor(private readonly find: (topic: string) => V) {}

  get(topic: string): V {
    const known = this.#found.get(topic);
    if (known !== undefined || this.#found.has(topic)) return known as V;
    const found = this.find(topic);
    if (this.#found.size >= MAX_REMEMBERED_TOPICS) this.#found.clear();
    this.#found.set(topic, found);
    return found;
  }
}
