import {
  messageAttributes,
  MessageBatchBuilder,
  type PublishFrame,
  type TransactionFrame,
} from '@pochta/protocol';
import type { TransactionPart } from '../publisher';

/** The parts of a transaction, in their order; publishes to one topic that follow each other are one part. */
export function transactionParts({ operations }: TransactionFrame): TransactionPart[] {
  const parts: TransactionPart[] = [];
  for (let index = 0; index < operations.length;) {
    const operation = operations[index++];
    const { topic } = operation;
    if (operation.action === 'ack') {
      parts.push({ kind: 'ack', topic, group: operation.group, sequences: operation.sequences });
      continue;
    }
    const builder = new MessageBatchBuilder();
    add(operation, builder);
    for (let next = operations[index]; isPublishTo(next, topic); next = operations[++index])
      add(next, builder);
    parts.push({ kind: 'append', topic, messages: builder.build() });
  }
  return parts;
}

function isPublishTo(
  operation: TransactionFrame['operations'][number] | undefined,
  topic: string,
): operation is PublishFrame {
  return operation?.action === 'publish' && operation.topic === topic;
}

function add(frame: PublishFrame, builder: MessageBatchBuilder): void {
  const { bytes, contentType } = frame.message;
  const attributes = messageAttributes(frame);
  const typed = contentType === undefined ? attributes : { ...attributes, contentType };
  builder.add(bytes, 0, bytes.length, typed, frame.messageId);
}
