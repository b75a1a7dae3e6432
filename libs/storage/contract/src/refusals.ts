import { errorFor, type PochtaError } from '@pochta/protocol';

/** `NOT_SUPPORTED`; `what`: one thing that was asked for, as a policy or a frame calls it. */
export function unsupported(what: string, { engine }: { readonly engine: string }): PochtaError {
  return errorFor('NOT_SUPPORTED', `${what} is not supported by the ${engine} engine`);
}

/** `TOPIC_UNKNOWN`. */
export function unknownTopic(name: string): PochtaError {
  return errorFor('TOPIC_UNKNOWN', `Unknown topic: ${name}`);
}

/** `GROUP_UNKNOWN`. */
export function unknownGroup(topic: string, name: string): PochtaError {
  return errorFor('GROUP_UNKNOWN', `Unknown group of topic ${topic}: ${name}`);
}
