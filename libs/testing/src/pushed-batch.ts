import { MessageBatch, type Push, type PushStyle, type StoredBatch } from '@pochta/protocol';

/** What a broker had when it pushed this: a batch of one message, and how it was to be told. */
export function pushedBatch(push: Push): { readonly stored: StoredBatch; readonly style: PushStyle } {
  const { topic, bytes, contentType, headers, key, priority } = push;
  const { subscription, group, sequence, timestamp, epoch } = push;
  const messages = MessageBatch.of(bytes, { contentType, headers, key, priority });
  const stored = { topic, firstSequence: sequence ?? 0, timestamp: timestamp ?? 0, messages };
  const meta = subscription !== undefined;
  return { stored, style: { meta, subscription: subscription ?? '', group, epoch: epoch ?? '' } };
}
