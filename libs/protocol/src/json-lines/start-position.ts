import type { FilterStartPosition, StartPosition, TopicPosition } from '../frames';
import { MAX_START_TOPICS } from '../limits';
import { isTopicFilter, validateTopicFilter } from '../topic-name';
import { F } from './client-frame-fields';
import { isInteger, isName, isObject, refuse } from './field-checks';
import type { ObjectValues } from './object-values';
import { presentFields } from './present-fields';

/** What `from` must be, to be read behind its name. */
export const START_RULE =
  'must be "earliest", "new", "last", {"sequence":n} or {"time":ms}, n and ms being integers from 0, ' +
  `or for a filter {"topics":{"<name>":{"sequence":n}}} with at most ${MAX_START_TOPICS} topics`;

/** The `from` of a subscription to this topic or filter. */
export function startPosition(
  values: ObjectValues,
  topic: string,
): StartPosition | FilterStartPosition | undefined {
  const value = values.value(F.from);
  return value === undefined ? undefined : (readStart(value, topic) ?? refuse(F.from, START_RULE));
}

/** Where a subscription to this topic or filter begins, as the value says; `undefined` when it says nothing of use. */
export function readStart(value: unknown, topic: unknown): StartPosition | FilterStartPosition | undefined {
  if (!isObject(value) || !Object.hasOwn(value, 'topics')) return readStartPosition(value);
  return typeof topic === 'string' && isTopicFilter(topic) ? readFilterStart(value) : undefined;
}

function readFilterStart(value: Record<string, unknown>): FilterStartPosition | undefined {
  if (Object.hasOwn(value, 'sequence') || Object.hasOwn(value, 'time')) return undefined;
  const topics = readTopics(value['topics']);
  if (topics === undefined) return undefined;
  if (!Object.hasOwn(value, 'otherwise')) return { topics };
  const otherwise = readStartPosition(value['otherwise']);
  if (otherwise === undefined || otherwise === 'last') return undefined;
  return typeof otherwise === 'object' && 'sequence' in otherwise ? undefined : { topics, otherwise };
}

function readTopics(value: unknown): Readonly<Record<string, TopicPosition>> | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > MAX_START_TOPICS) return undefined;
  const topics: [string, TopicPosition][] = [];
  for (const [name, from] of entries) {
    // Filters may match names that begin with `$`, which are filters without a wildcard rather than topics' names.
    if (isTopicFilter(name) || validateTopicFilter(name) !== undefined) return undefined;
    const position = readStartPosition(from);
    if (typeof position !== 'object' || 'time' in position) return undefined;
    topics.push([name, position]);
  }
  return Object.fromEntries(topics);
}

function readStartPosition(value: unknown): StartPosition | undefined {
  if (value === 'earliest' || value === 'new' || value === 'last') return value;
  if (!isObject(value)) return undefined;
  const own = (key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
  const [sequence, time, epoch] = [own('sequence'), own('time'), own('epoch')];
  if (time !== undefined) {
    return sequence === undefined && isInteger(time, 0, Number.MAX_SAFE_INTEGER) ? { time } : undefined;
  }
  if (!isInteger(sequence, 0, Number.MAX_SAFE_INTEGER)) return undefined;
  if (epoch !== undefined && !isName(epoch)) return undefined;
  return presentFields({ sequence, epoch });
}
