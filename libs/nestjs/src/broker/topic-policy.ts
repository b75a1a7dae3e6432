import { DEFAULT_TOPIC_POLICY, isTopicFilter, TopicFilter, type TopicPolicy } from '@pochta/protocol';
import { TopicPolicyDto } from '@pochta/protocol/dto';
import type { ServerOptions } from '@pochta/server';
import { mistakesIn } from '../settings/setting-mistakes';

/** What is wrong with a policy, one line a mistake; empty when it is fine. */
export function policyMistakes(policy: unknown): string[] {
  return mistakesIn(TopicPolicyDto, policy).map(({ path, text }) =>
    path === '' ? text : `${path}: ${text}`,
  );
}

/**
 * The policy of a decorated topic. The more particular goes first: what is configured for the topic by its name, what
 * its decorator says, what is configured for the first filter that matches it, what is configured for all, the built-in
 * default. So who runs the broker has the last word, but has to name the topic for it.
 */
export function policyOf(
  topic: string,
  declared: Partial<TopicPolicy>,
  { defaults, topics = {} }: Pick<ServerOptions, 'defaults' | 'topics'>,
): TopicPolicy {
  const filter = Object.keys(topics).find((key) => isTopicFilter(key) && new TopicFilter(key).matches(topic));
  const layers = [
    defaults,
    filter === undefined ? undefined : topics[filter],
    declared,
    Object.hasOwn(topics, topic) ? topics[topic] : undefined,
  ];
  return layers.reduce(
    (base: TopicPolicy, layer) => Object.assign(new TopicPolicyDto(), layer).toPolicy(base),
    DEFAULT_TOPIC_POLICY,
  );
}
