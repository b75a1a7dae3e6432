import { errorFor, type TopicPolicy } from '@pochta/protocol';
import { deadLetterTarget } from '@pochta/storage-contract';
import type { TopicCommit } from '../commit/topic-commit';

/** Topics that dead letters may go through, one after the other: more than anybody needs, few enough to be looked at. */
const MAX_PATH = 100;

type Target = Pick<TopicPolicy, 'deadLetterTopic'>;

/**
 * Throws `NOT_SUPPORTED` when a topic of this name and policy would close a circle of dead-letter topics: with
 * `deadLetterExpired`, one message would go round in it for ever, and be written each time.
 */
export function checkDeadLetterPath(commit: TopicCommit, name: string, policy: Target): void {
  const path = pathOf(commit, name, policy);
  if (path.at(-1) === name) {
    throw errorFor('NOT_SUPPORTED', `Dead letters would go in a circle: ${[name, ...path].join(' -> ')}`);
  }
  if (path.length < MAX_PATH) return;
  const text = `Dead letters of topic ${name} would go through ${MAX_PATH} topics or more`;
  throw errorFor('NOT_SUPPORTED', text);
}

/**
 * The topics of the circle of dead-letter topics that a topic is in; `undefined` when it is in none, as all topics are
 * but those of an old data folder.
 */
export function deadLetterCircle(
  commit: TopicCommit,
  name: string,
  policy: Target,
): ReadonlySet<string> | undefined {
  const path = pathOf(commit, name, policy);
  return path.at(-1) === name ? new Set(path) : undefined;
}

/** Where a topic's dead letters go, where that topic's go, and so on: up to the topic itself, or one that has no others. */
function pathOf(commit: TopicCommit, name: string, policy: Target): string[] {
  const path = new Set<string>();
  let target = deadLetterTarget(name, policy);
  while (target !== undefined && path.size < MAX_PATH && !path.has(target)) {
    path.add(target);
    if (target === name) break;
    const log = commit.find(target);
    target = log && deadLetterTarget(target, log.content.record.policy);
  }
  return [...path];
}
