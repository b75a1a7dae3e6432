import {
  DEFAULT_TOPIC_POLICY,
  errorFor,
  TopicFilter,
  validateTopicFilter,
  type TopicPolicy,
} from '@pochta/protocol';

/**
 * The policy of each topic: the broker's own declarations, then `defaults`, then what is configured for the topic. The
 * topic's own name goes before filters, and of these the first that matches. Throws `INVALID_CONFIG`.
 */
export class Policies {
  readonly #base: TopicPolicy;
  readonly #named = new Map<string, Partial<TopicPolicy>>();
  readonly #filters: { readonly filter: TopicFilter; readonly policy: Partial<TopicPolicy> }[] = [];

  constructor(
    defaults: Partial<TopicPolicy> = {},
    topics: Readonly<Record<string, Partial<TopicPolicy>>> = {},
    /** What the broker itself says of some topics, by name; the configuration goes before it. */
    private readonly declared: Readonly<Record<string, Partial<TopicPolicy>>> = {},
  ) {
    this.#base = { ...DEFAULT_TOPIC_POLICY, ...defaults };
    for (const [name, policy] of Object.entries(topics)) {
      const problem = validateTopicFilter(name);
      if (problem !== undefined)
        throw errorFor('INVALID_CONFIG', `topics: ${name} ${problem}`, { field: 'topics' });
      const filter = new TopicFilter(name);
      if (filter.isPattern) this.#filters.push({ filter, policy });
      else this.#named.set(name, policy);
    }
  }

  of(topic: string): TopicPolicy {
    return { ...this.#base, ...this.particularsOf(topic) };
  }

  /** What the broker and the configuration say of the topic in particular, by its name or by a filter. */
  particularsOf(topic: string): Partial<TopicPolicy> {
    const declared = Object.hasOwn(this.declared, topic) ? this.declared[topic] : undefined;
    const named = this.#named.get(topic) ?? this.#filters.find(({ filter }) => filter.matches(topic))?.policy;
    return { ...declared, ...named };
  }

  /** Whether the configuration or the broker names the topic, so that it may be created even without `autoCreate`. */
  names(topic: string): boolean {
    return this.#named.has(topic) || Object.hasOwn(this.declared, topic);
  }
}
