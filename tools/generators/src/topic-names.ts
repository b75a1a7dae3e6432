import { names } from '@nx/devkit';
import { isTopicFilter, validateTopicName } from '@pochta/protocol';

/** What a topic is called in files and in code. */
export interface TopicNames {
  readonly topic: string;
  /** `orders-created`, for `orders.created`. */
  readonly fileName: string;
  /** `OrdersCreated`, for `orders.created`. */
  readonly className: string;
  /** `ordersCreated`, for `orders.created`. */
  readonly propertyName: string;
}

/** A topic's name of which files and classes can be named. Beside these, Pochta knows many more. */
const NAMEABLE = /^[A-Za-z][A-Za-z0-9_.-]*$/;

/** Throws what is wrong with the topic's name. */
export function topicNames(topic: string): TopicNames {
  const problem = problemOf(topic);
  if (problem !== undefined) throw new Error(`The topic's name ${JSON.stringify(topic)} ${problem}.`);
  const { fileName, className, propertyName } = names(topic.replaceAll('.', '-'));
  return { topic, fileName, className, propertyName };
}

function problemOf(topic: string): string | undefined {
  if (isTopicFilter(topic)) return 'is a filter: name one topic';
  const problem = validateTopicName(topic);
  if (problem !== undefined || NAMEABLE.test(topic)) return problem;
  return 'must begin with a letter, and hold letters, digits, ".", "-" and "_" only, since classes are named after it';
}
