import type { PochtaConnection } from '../connections/pochta-connection';
import { outgoingHeaders } from '../logging/message-scope';
import type { Headers, Span } from '../telemetry/telemetry';
import type { NamedTopic } from '../topics/topic-definition';

/** Where something goes, with which options, and its span, if there are any: whoever sends it ends that. */
export interface Outgoing<O> {
  readonly name: string;
  readonly options: O | undefined;
  readonly span: Span | undefined;
}

/**
 * Prepares what goes out: fills in the topic's name, and adds to the headers which flow and which trace it belongs to.
 * Throws `INVALID_CONFIG` as `PochtaConnection.topicName`.
 */
export function outgoing<O extends { readonly headers?: Headers; readonly messageId?: string }>(
  connection: PochtaConnection,
  type: 'publish' | 'request',
  topic: string | NamedTopic,
  options: O | undefined,
): Outgoing<O> {
  const { telemetry } = connection;
  const name = connection.topicName(topic);
  let headers = outgoingHeaders(options?.headers);
  let span: Span | undefined;
  if (telemetry.enabled) {
    const operation = { type, topic: name, messageId: options?.messageId };
    ({ span, headers } = telemetry.outgoing(operation, headers));
  }
  if (headers === options?.headers) return { name, options, span };
  return { name, options: { ...options, headers } as O, span };
}
