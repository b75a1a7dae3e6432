import { DEAD_LETTER_HEADERS, type DeadLetterReason } from '@pochta/server';

/** A message that the broker holds. */
export interface HeldMessage<T = unknown> {
  /** As the topic's codec reads it; the bytes, when no codec knows their content type. */
  readonly value: T;
  readonly topic: string;
  readonly sequence: number;
  /** When it was stored, in ms since the epoch, by the broker's clock. */
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly key: string | undefined;
  readonly priority: number;
  readonly contentType: string | undefined;
}

/** A message that was given up. */
export interface DeadLetter<T = unknown> extends HeldMessage<T> {
  readonly reason: DeadLetterReason;
  /** In the words of the handler that terminated it. */
  readonly detail: string | undefined;
  /** The group that gave it up. */
  readonly group: string | undefined;
  /** How often it was delivered to that group. */
  readonly deliveries: number;
  /** Where it was before. */
  readonly origin: { readonly topic: string; readonly sequence: number; readonly timestamp: number };
}

const NAMES = new Set<string>(Object.values(DEAD_LETTER_HEADERS));

/** `undefined` for a message that is no dead letter, though it is where dead letters go. */
export function deadLetterOf<T>(message: HeldMessage<T>): DeadLetter<T> | undefined {
  const { headers } = message;
  const told = (name: keyof typeof DEAD_LETTER_HEADERS): string | undefined =>
    headers[DEAD_LETTER_HEADERS[name]];
  const topic = told('topic');
  if (topic === undefined) return undefined;
  return {
    ...message,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !NAMES.has(name))),
    reason: told('reason') as DeadLetterReason,
    detail: told('detail'),
    group: told('group'),
    deliveries: Number(told('deliveries') ?? 0),
    origin: { topic, sequence: Number(told('sequence')), timestamp: Number(told('published')) },
  };
}
