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

export interface TakerPlan {
  readonly name: string;
  readonly topic: string;
  /** How many messages it takes. */
  readonly takes: number;
  /** Most requests for one that have no answer. */
  readonly window: number;
  readonly codec: CodecName;
}

export interface PurgerPlan {
  readonly name: string;
  readonly topic: string;
  /** Parts of the round's work, from 0 to 1, after which it purges. */
  readonly at: readonly number[];
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
  readonly takers: readonly TakerPlan[];
  readonly purgers: readonly PurgerPlan[];
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
  const takers = topics.flatMap((topic) =>
    takersOf(topic, messages, random.fork(`from ${topic.name}`), turns),
  );
  const purgers = topics.flatMap((topic) => purgersOf(topic, random.fork(`at ${topic.name}`), turns));
  const victims = [...producers, ...members, ...subscribers, ...takers, ...purgers].map(({ name }) => name);
  const deadly = members.map(({ name }) => name);
  const faults = faultPlan(random.fork('faults'), messages, features, { victims, members: deadly });
  const watchers = { auditor: turns.next(), pulse: turns.next() };
  const actors = { producers, members, subscribers, takers, purgers, watchers };
  return { seed, features, messages, topics, ...actors, faults };
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

/** They leave some of the messages to be purged, or to stay. */
function takersOf(
  { name, share, taken }: TopicPlan,
  messages: number,
  random: Random,
  turns: CodecTurns,
): TakerPlan[] {
  if (!taken) return [];
  return Array.from({ length: random.integer(2, 3) }, (_, i) => ({
    name: `${name}-taker-${i + 1}`,
    topic: name,
    takes: Math.ceil(messages * share * 0.2),
    window: random.pick([1, 10, 50]),
    codec: turns.next(),
  }));
}

function purgersOf({ name, taken }: TopicPlan, random: Random, turns: CodecTurns): PurgerPlan[] {
  if (!taken) return [];
  const at = [random.next(), random.next()].map((part) => 0.1 + 0.5 * part);
  return [{ name: `${name}-purger`, topic: name, at, codec: turns.next() }];
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
