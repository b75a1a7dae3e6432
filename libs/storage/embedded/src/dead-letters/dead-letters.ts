import {
  DEFAULT_TOPIC_POLICY,
  MessageBatchBuilder,
  type MessageAttributes,
  type StoragePolicy,
  type StoredBatch,
  type TopicPolicy,
} from '@pochta/protocol';
import {
  DEAD_LETTER_HEADERS,
  deadLetterTarget,
  isDeadLetterName,
  type DeadLetterReason,
} from '@pochta/storage-contract';
import type { TopicCommit } from '../commit/topic-commit';
import { stretchEnd } from '../log/expired';
import type { TopicLog } from '../log/topic-log';
import { deadLetterCircle } from './dead-letter-path';

/** Messages of one stored batch that become dead letters, for one reason. */
export interface DeadLetter {
  readonly batch: StoredBatch;
  /** Sequence of the first one. */
  readonly from: number;
  /** The sequence behind the last one. */
  readonly to: number;
  readonly reason: DeadLetterReason;
  /** Why, in the words of the consumer that terminated them. */
  readonly detail?: string;
  /** The consumer group that gave them up. */
  readonly group?: string;
  /** How often they were delivered in that group. */
  readonly deliveries?: number;
}

/** Payload bytes of dead letters that are stored as one batch. */
const BATCH_BYTES = 1 << 20;
const NAMES: ReadonlySet<string> = new Set(Object.values(DEAD_LETTER_HEADERS));

/**
 * Appends copies of messages to their topic's dead-letter topic, in the same commit, whatever that one's limits say, and
 * creates it when it is not there. The messages are not removed from `origin`. `false`, and nothing is done, when
 * `origin` is a dead-letter topic: it has no dead letters of its own. Where dead letters go in a circle, what has come
 * from one of its topics and expires or is pushed out goes no further: it is gone.
 */
export function addDeadLetters(
  commit: TopicCommit,
  origin: TopicLog,
  letters: readonly DeadLetter[],
): boolean {
  const { name, policy } = origin.content.record;
  const target = deadLetterTarget(name, policy);
  if (target === undefined) return false;
  if (letters.length === 0) return true;
  try {
    if (commit.find(target) === undefined) commit.create(target, deadLetterPolicy(target, policy.storage));
    const log = commit.change(target);
    const circle = deadLetterCircle(commit, name, policy);
    let builder = new MessageBatchBuilder();
    for (const letter of letters) {
      for (let sequence = letter.from; sequence < letter.to; sequence++) {
        if (circle !== undefined && hasGoneRound(letter, sequence, circle)) continue;
        addLetter(builder, letter, sequence, name, commit.now());
        if (builder.byteLength < BATCH_BYTES) continue;
        log.adopt(builder.build(), commit);
        builder = new MessageBatchBuilder();
      }
    }
    if (builder.count > 0) log.adopt(builder.build(), commit);
    return true;
  } catch (cause) {
    // No `PochtaError`: something is staged, so that the whole commit must fail.
    throw new Error(`topic ${target} cannot take the dead letters of topic ${name}`, { cause });
  }
}

/**
 * What a full topic pushes out, as dead letters. Messages that were too old already have expired, rather: they become
 * dead letters where the policy has such, and are dropped otherwise.
 */
export function pushedOut(
  { maxAge, deadLetterExpired }: TopicPolicy,
  batch: StoredBatch,
  from: number,
  to: number,
  now: number,
): DeadLetter[] {
  const letters: DeadLetter[] = [];
  const { firstSequence } = batch;
  for (let at = from; at < to;) {
    const stretch = stretchEnd(batch, at - firstSequence, to - firstSequence, maxAge, now);
    const end = firstSequence + stretch.end;
    if (stretch.reason === undefined) letters.push({ batch, from: at, to: end, reason: 'overflow' });
    else if (deadLetterExpired) letters.push({ batch, from: at, to: end, reason: 'expired' });
    at = end;
  }
  return letters;
}

/** Headers without those that dead letters have; `undefined` when none is left. */
export function withoutDeadLetterHeaders(
  headers: MessageAttributes['headers'],
): MessageAttributes['headers'] {
  const kept = Object.entries(headers ?? {}).filter(([name]) => !NAMES.has(name));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/**
 * The policy of a dead-letter topic that nobody has created: no limit, so that no dead letter is ever dropped. Where its
 * name does not say what it is, it is its own dead-letter topic, so that it has no other.
 */
function deadLetterPolicy(name: string, storage: StoragePolicy): TopicPolicy {
  const maxMessages = Number.MAX_SAFE_INTEGER;
  const deadLetterTopic = isDeadLetterName(name) ? '' : name;
  return { ...DEFAULT_TOPIC_POLICY, maxMessages, overflow: 'reject', storage, deadLetterTopic };
}

/** Whether nobody gave the message up, and it is a dead letter of one of these topics. */
function hasGoneRound({ batch, reason }: DeadLetter, sequence: number, circle: ReadonlySet<string>): boolean {
  if (reason !== 'expired' && reason !== 'overflow') return false;
  const { headers } = batch.messages.attributes?.[sequence - batch.firstSequence] ?? {};
  const from = headers?.[DEAD_LETTER_HEADERS.topic];
  return from !== undefined && circle.has(from);
}

function addLetter(
  builder: MessageBatchBuilder,
  letter: DeadLetter,
  sequence: number,
  topic: string,
  now: number,
): void {
  const { messages, firstSequence } = letter.batch;
  const index = sequence - firstSequence;
  const { headers, key, priority, contentType } = messages.attributes?.[index] ?? {};
  const attributes: MessageAttributes = {
    headers: { ...withoutDeadLetterHeaders(headers), ...letterHeaders(letter, sequence, topic, now) },
    ...(key !== undefined && { key }),
    ...(priority !== undefined && { priority }),
    ...(contentType !== undefined && { contentType }),
  };
  builder.add(messages.bytes, messages.start(index), messages.end(index), attributes);
}

function letterHeaders(
  { batch, reason, detail, group, deliveries }: DeadLetter,
  sequence: number,
  topic: string,
  now: number,
): Record<string, string> {
  return {
    [DEAD_LETTER_HEADERS.topic]: topic,
    [DEAD_LETTER_HEADERS.sequence]: String(sequence),
    [DEAD_LETTER_HEADERS.published]: String(batch.timestamp),
    [DEAD_LETTER_HEADERS.time]: String(now),
    [DEAD_LETTER_HEADERS.reason]: reason,
    ...(detail !== undefined && { [DEAD_LETTER_HEADERS.detail]: detail }),
    ...(group !== undefined && { [DEAD_LETTER_HEADERS.group]: group }),
    ...(deliveries !== undefined && { [DEAD_LETTER_HEADERS.deliveries]: String(deliveries) }),
  };
}
