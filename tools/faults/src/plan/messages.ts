import type { Published } from '../history/events';
import { mix, type Random } from './random';
import type { ProducerPlan } from './round-plan';
import type { TopicPlan } from './topics';
import { OPAQUE, padOf } from '../wire/payload';

/** ms. A clock step of an hour passes these, and real time does not. */
const LONG_TTLS = [20 * 60_000, 50 * 60_000, 90 * 60_000] as const;
/** The year 2100: no broker takes a message for then. */
const TOO_FAR = Date.UTC(2100);
/** ms: a ttl that is no ttl. */
const NO_TTL = 0;

/** Texts that a codec may get wrong. */
const HEADERS = { Schlüssel: 'Ключ', 'line\nbreak': '"\\\u0000\u{1f511}', empty: '' };

/** A message as planned, and what makes its payload long. */
export interface PlannedMessage {
  readonly message: Published;
  readonly pad: string;
}

/** What a producer publishes, one after another. */
export function* plannedMessages(
  { name, messages, opaque, numbered }: ProducerPlan,
  topic: TopicPlan,
  random: Random,
): Generator<PlannedMessage> {
  for (let n = 1; n <= messages; n++) {
    // A codec may write ids that end in numbers otherwise than others.
    const id = numbered ? `${name}-${n}` : `${name}-${n}th`;
    yield {
      message: {
        id,
        topic: topic.name,
        ...(random.chance(opaque) && { contentType: OPAQUE }),
        ...(random.chance(0.1) && { headers: { ...HEADERS, of: id } }),
        ...(topic.keys > 0 && random.chance(0.6) && { key: `k${random.integer(1, topic.keys)}` }),
        ...(topic.priorities && random.chance(0.4) && { priority: random.integer(0, 9) }),
        ...(topic.times && timesOf(random)),
        ...(random.chance(0.001) && mistake(topic.times, random)),
      },
      pad: padOf(id, random.chance(0.01) ? random.integer(2000, 20_000) : random.integer(0, 100)),
    };
  }
}

function timesOf(random: Random): Partial<Published> {
  return {
    ...(random.chance(0.3) && { delay: random.pick([1, 20, 100, 500]) }),
    ...(random.chance(0.4) && {
      ttl: random.chance(0.5) ? random.integer(50, 1500) : random.pick(LONG_TTLS),
    }),
  };
}

/** Something for which the broker must refuse a message. */
function mistake(times: boolean, random: Random): Partial<Published> {
  return !times || random.chance(0.5) ? { ttl: NO_TTL } : { delay: undefined, deliverAt: TOO_FAR };
}

/** Whether members of a group can never handle a message: it fails again and again, and becomes a dead letter. */
export function isPoison(seed: number, group: string, id: string): boolean {
  return mix(seed, `${group} ${id}`) % 250 === 0;
}
