import { mistakesIn, type SettingMistake } from '@pochta/nestjs/broker';
import { validateTopicFilter } from '@pochta/protocol';
import { TopicPolicyDto } from '@pochta/protocol/dto';
import { isLoopback } from '@pochta/server';
import { BrokerConfig, LimitsConfig } from './broker-config';
import { isMapping, OFF } from './setting.decorators';
import type { SettingTree } from './setting-tree';

/** What is wrong with the settings, one line a mistake; empty when they can be used. */
export function configMistakes(tree: SettingTree): string[] {
  const { limits, defaults, topics } = tree.values;
  const found: SettingMistake[] = [
    ...mistakesIn(BrokerConfig, tree.values),
    ...(isMapping(limits) ? under('limits', mistakesIn(LimitsConfig, limits)) : []),
    ...(isMapping(defaults) ? under('defaults', mistakesIn(TopicPolicyDto, defaults)) : []),
    ...(isMapping(topics)
      ? Object.entries(topics).flatMap(([name, policy]) => topicMistakes(name, policy))
      : []),
  ];
  const config = configOf(tree);
  return [...found, ...hostMistakes(config), ...portMistakes(config)].map(({ path, text }) => {
    const origin = tree.originOf(path);
    return `${path}${origin === undefined ? '' : ` (${origin})`}: ${text}`;
  });
}

/** The settings, with defaults for what is not there. Of use only when there is no mistake in them. */
export function configOf({ values }: SettingTree): BrokerConfig {
  const limits = Object.assign(new LimitsConfig(), values.limits);
  return Object.assign(new BrokerConfig(), values, { limits });
}

function under(path: string, mistakes: readonly SettingMistake[]): SettingMistake[] {
  return mistakes.map(({ path: below, text }) => ({ path: below === '' ? path : `${path}.${below}`, text }));
}

function topicMistakes(name: string, policy: unknown): SettingMistake[] {
  const problem = validateTopicFilter(name);
  const path = `topics.${name}`;
  return [
    ...(problem === undefined ? [] : [{ path, text: `the topic's name or filter ${problem}` }]),
    ...under(path, mistakesIn(TopicPolicyDto, policy)),
  ];
}

/** The server would refuse it too, but only after all that is told here. */
function hostMistakes({ host, allowAnonymous }: BrokerConfig): SettingMistake[] {
  if (typeof host !== 'string' || host === '' || isLoopback(host) || allowAnonymous !== false) return [];
  const text = `"${host}" must be localhost, 127.0.0.1 or ::1 unless allowAnonymous is true, since nobody has to authenticate`;
  return [{ path: 'host', text }];
}

/** Two doors on one port. */
function portMistakes(config: BrokerConfig): SettingMistake[] {
  const ports = (['port', 'simplePort', 'httpPort'] as const).map((key) => ({ key, port: config[key] }));
  return ports.flatMap(({ key, port }, index) => {
    const other = ports.slice(0, index).find((earlier) => earlier.port === port);
    if (other === undefined || port === OFF || port === 0) return [];
    return [{ path: key, text: `${port} must not be that of ${other.key}` }];
  });
}
