import { DEAD_LETTER_TOKEN } from '@pochta/protocol';
import type { Failure } from './failure';

/** A message, as far as it says whether it is a dead letter. */
interface Lettered {
  readonly topic: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a dead letter was before. */
const ORIGIN_HEADER = 'dead-letter-topic';

/**
 * Whether the message is in a dead-letter topic, which has no dead letters of its own: what fails there comes again for
 * ever, and what is terminated is as good as acked. A dead-letter topic of another name is known by its messages.
 */
export function isDeadLetter({ topic, headers }: Lettered): boolean {
  return topic.endsWith(`.${DEAD_LETTER_TOKEN}`) || headers?.[ORIGIN_HEADER] !== undefined;
}

/** What becomes of the message: one that does not fit is not lost where it cannot become a dead letter. */
export function kept(message: Lettered, failure: Failure): Failure {
  return failure.unfit === true && isDeadLetter(message) ? { ...failure, verb: 'nack' } : failure;
}
