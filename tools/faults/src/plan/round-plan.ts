import { faultPlan, type PlannedFault } from './fault-plan';
import type { CodecName } from '../wire/codecs';
import { CodecTurns, type CodecChoice } from './codec-turns';
import { Random } from './random';
import { INPUTS, OUTPUTS, plannedTopics, type TopicPlan } from './topics';

/** What engines differ in, as far as it matters to a plan. */
export interface Features {
  /** What is stored outlives a kill. */
  readonly durable: boolean;
  readonly transactions: boolean;
}

export interface ProducerPlan {
  readonly name: string;
  readonly topic: string;
  /** How many messages it publishes. */
  readonly messages: number;
  /** Most unconfirmed publishes. */
  readonly window: number;
  readonly codec: CodecName;
  /** Most publishes that travel together. */
  readonly batch: number;
  /** How likely it is that a payload is opaque, from 0 to 1. */
  readonly opaque: number;
  /** Whether message ids end in numbers. */
  readonly numbered: boolean;
}

export interface MemberPlan {
  readonly name: string;
  readonly topic: string;
  readonly group: string;
  readonly prefetch: number;
  readonly codec: CodecName;
  /** Whether it processes inputs: acks them together with publishing their effects. */
  readonly transacts: boolean;
}

export interface SubscriberPlan {
  readonly name: string;
  readonly topic: string;
  readonly codec: CodecName;
}

/** Everything about a round that is left to chance, but for the machine's timing. */
export interface RoundPlan {
  readonly seed: number;
  readonly features: Features;
  readonly messages: number;
  readonly topics: readonly TopicPlan[];
  readonly producers: readonly ProducerPlan[];
  readonly members: readonly MemberPlan[];
  readonly subscribers: readonly SubscriberPlan[];
  /** What those speak that no fault hits alone. */
  readonly watchers: { readonly auditor: CodecName; readonly pulse: CodecName };
  /** In the order in which they are due. */
  readonly faults: readonly PlannedFault[];
}

/** Settles a round by its seed. */
export function planRound(
  seed: number,
  messages: number,
  features: Features,
  codec: CodecChoice = 'mixed',
): RoundPlan {
  const random = new Random(seed);
  const turns = new CodecTurns(codec, random.fork('codecs'));
  const topics = plannedTopics(messages, features);
  const producers = topics.flatMap((topic) =>
    producersOf(topic, messages, random.fork(`of ${topic.name}`), turns),
  );
  const members = topics.flatMap((topic) =>
    membersOf(topic, features, random.fork(`in ${topic.name}`), turns),
  );
  const subscribers = topics.flatMap((topic) => subscribersOf(topic, random.fork(`on ${topic.name}`), turns));
  const victims = [...producers, ...members, ...subscribers].map(({ name }) => name);
  const deadly = members.map(({ name }) => name);
  const faults = faultPlan(random.fork('faults'), messages, features, { victims, members: deadly });
  const watchers = { auditor: turns.next(), pulse: turns.next() };
  return { seed, features, messages, topics, producers, members, subscribers, watchers, faults };
}

function producersOf(
  { name, share }: TopicPlan,
  messages: number,
  random: Random,
  turns: CodecTurns,
): ProducerPlan[] {
  if (share === 0) return [];
  const all = Math.round(messages * share);
  const count = random.integer(2, 5);
  return Array.from({ length: count }, (_, i) => ({
    name: `${name}-producer-${i + 1}`,
    topic: name,
    messages: Math.floor(all / count) + (i < all % count ? 1 : 0),
    window: random.pick([1, 20, 100, 300]),
    codec: turns.next(),
    batch: random.pick([1, 10, 100, 300]),
    opaque: random.pick([0.02, 0.02, 0.3, 1]),
    numbered: random.chance(0.7),
  }));
}

function membersOf(
  { name, groups }: TopicPlan,
  { transactions }: Features,
  random: Random,
  turns: CodecTurns,
): MemberPlan[] {
  return groups.flatMap((group) =>
    Array.from({ length: random.integer(2, 4) }, (_, i) => ({
      name: `${name}-${group.name}-${i + 1}`,
      topic: name,
      group: group.name,
      prefetch: random.pick([10, 50, 200]),
      codec: turns.next(),
      transacts: transactions && name === INPUTS,
    })),
  );
}

function subscribersOf(
  { name, groups, deadLetterTopic }: TopicPlan,
  random: Random,
  turns: CodecTurns,
): SubscriberPlan[] {
  const count = OUTPUTS.includes(name) ? 1 : random.integer(1, 2);
  const subscribers = Array.from({ length: count }, (_, i) => ({
    name: `${name}-reader-${i + 1}`,
    topic: name,
    codec: turns.next(),
  }));
  if (groups.length > 0)
    subscribers.push({ name: `${deadLetterTopic}-reader`, topic: deadLetterTopic, codec: turns.next() });
  return subscribers;
}
