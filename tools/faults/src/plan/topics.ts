import { PULSE } from '../actors/pulse';
import type { Features } from './round-plan';

export interface GroupPlan {
  readonly name: string;
  /** ms. */
  readonly ackDeadline: number;
  readonly maxDeliveries: number;
  /** ms. */
  readonly backoff: { readonly min: number; readonly max: number };
}

/** A topic of a round, and what is special about it. */
export interface TopicPlan {
  readonly name: string;
  /** Its part of the round's messages; 0 where only transactions publish. */
  readonly share: number;
  readonly retention: 'limits' | 'work-queue';
  /** Most messages it holds; what comes then is refused. */
  readonly maxMessages: number;
  readonly groups: readonly GroupPlan[];
  readonly deadLetterTopic: string;
  /** How many keys its messages have; 0 for none. */
  readonly keys: number;
  readonly priorities: boolean;
  /** Whether messages have delays and ttls. */
  readonly times: boolean;
  /** Whether messages are taken out with `get`, and purged. */
  readonly taken: boolean;
}

/** What the members of its group process in transactions. */
export const INPUTS = 'inputs';
/** Has opaque payloads. */
export const RECEIPTS = 'receipts';
/** What such a transaction publishes to: one message each for every input. */
export const OUTPUTS: readonly string[] = ['effects', RECEIPTS];

/** ms: a stepped clock must not make the broker forget message ids. */
const WEEK = 7 * 24 * 3600 * 1000;

const group = (name: string, ackDeadline: number, maxDeliveries: number): GroupPlan => ({
  name,
  ackDeadline,
  maxDeliveries,
  backoff: { min: 20, max: 200 },
});

const NOTHING_SPECIAL = {
  retention: 'limits',
  groups: [],
  keys: 0,
  priorities: false,
  times: false,
  taken: false,
} as const;

/** The topics of a round; those of transactions only where there are any. */
export function plannedTopics(messages: number, { transactions }: Features): TopicPlan[] {
  const room = messages * 2 + 1000;
  const all: Omit<TopicPlan, 'deadLetterTopic'>[] = [
    {
      ...NOTHING_SPECIAL,
      name: 'orders',
      share: 0.35,
      maxMessages: room,
      groups: [group('billing', 1200, 4), group('shipping', 700, 6)],
      keys: 200,
    },
    {
      ...NOTHING_SPECIAL,
      name: 'jobs',
      share: 0.25,
      retention: 'work-queue',
      // Less than what may be under way, so that some are refused.
      maxMessages: Math.max(100, Math.round(messages / 50)),
      groups: [group('workers', 800, 5), group('archive', 800, 5)],
      keys: 40,
      priorities: true,
    },
    {
      ...NOTHING_SPECIAL,
      name: 'fleeting',
      share: 0.1,
      maxMessages: room,
      groups: [group('alerts', 1000, 5)],
      times: true,
    },
    {
      ...NOTHING_SPECIAL,
      name: INPUTS,
      share: 0.2,
      maxMessages: room,
      groups: [group('processors', 800, 8)],
    },
    {
      ...NOTHING_SPECIAL,
      name: 'tray',
      share: 0.1,
      maxMessages: room,
      priorities: true,
      taken: true,
    },
    ...OUTPUTS.map((name) => ({ ...NOTHING_SPECIAL, name, share: 0, maxMessages: room })),
  ];
  return all
    .filter(({ share }) => share > 0 || transactions)
    .map((topic) => ({ ...topic, deadLetterTopic: `${topic.name}.dead` }));
}

/** The topics as the broker's configuration has them. */
export function policies(topics: readonly TopicPlan[]): Record<string, object> {
  const planned = topics.map(({ name, retention, maxMessages }): [string, object] => [
    name,
    { maxMessages, retention, overflow: 'reject', dedupeWindow: WEEK },
  ]);
  return Object.fromEntries([...planned, [PULSE, { overflow: 'drop-oldest' }]]);
}
