import type { PublishRun } from '../codec';
import type { RequestId } from '../frames';
import { MessageBatch, type MessageAttributes } from '../message-batch';

interface Part {
  readonly topic: string;
  readonly messages: MessageBatch;
  readonly ids: readonly (RequestId | undefined)[] | undefined;
}

/** Puts the publish frames of a chunk together to a run, with one batch a topic. */
export class RunCollector {
  #parts: Part[] = [];
  #count = 0;

  /** Messages taken since the last run. */
  get count(): number {
    return this.#count;
  }

  add(topic: string, messages: MessageBatch, ids: Part['ids']): void {
    this.#parts.push({ topic, messages, ids });
    this.#count += messages.count;
  }

  /** The run of all that was added since the last call; `undefined` when that is nothing. */
  build(): PublishRun | undefined {
    const parts = this.#parts;
    const count = this.#count;
    if (count === 0) return undefined;
    this.#parts = [];
    this.#count = 0;
    const ids = parts.some((part) => part.ids !== undefined)
      ? parts.flatMap((part) => part.ids ?? new Array<undefined>(part.messages.count).fill(undefined))
      : undefined;
    if (parts.length === 1) {
      const [{ topic, messages }] = parts;
      return { count, batches: [{ topic, messages: compact(messages) }], ids };
    }
    const byTopic = new Map<string, MessageBatch[]>();
    const places = new Map<string, number>();
    const batchOf = new Uint16Array(count);
    let at = 0;
    for (const { topic, messages } of parts) {
      let batches = byTopic.get(topic);
      if (batches === undefined) {
        places.set(topic, byTopic.size);
        byTopic.set(topic, (batches = []));
      }
      batches.push(messages);
      batchOf.fill(places.get(topic)!, at, (at += messages.count));
    }
    const batches = [...byTopic].map(([topic, messages]) => ({ topic, messages: joined(messages) }));
    return { count, batches, batchOf: batches.length === 1 ? undefined : batchOf, ids };
  }
}

/** A batch that uses little of the chunk it lies in would keep all of that from being freed. */
function compact(batch: MessageBatch): MessageBatch {
  const { count, bytes, ends, attributes, messageIds } = batch;
  if (2 * batch.byteLength >= bytes.buffer.byteLength) return batch;
  const copy = Buffer.allocUnsafeSlow(batch.byteLength);
  copy.set(bytes.subarray(0, batch.byteLength));
  return new MessageBatch(count, copy, ends, attributes, messageIds);
}

function joined(batches: readonly MessageBatch[]): MessageBatch {
  if (batches.length === 1) return compact(batches[0]);
  let count = 0;
  let size = 0;
  for (const batch of batches) {
    count += batch.count;
    size += batch.byteLength;
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  const ends = new Uint32Array(count);
  const attributes = batches.some((batch) => batch.attributes !== undefined)
    ? new Array<MessageAttributes | undefined>(count).fill(undefined)
    : undefined;
  const messageIds = batches.some((batch) => batch.messageIds !== undefined)
    ? new Array<string | undefined>(count).fill(undefined)
    : undefined;
  let base = 0;
  let index = 0;
  for (const batch of batches) {
    bytes.set(batch.bytes.subarray(0, batch.byteLength), base);
    for (let own = 0; own < batch.count; own++, index++) {
      ends[index] = base + batch.ends[own];
      if (attributes !== undefined) attributes[index] = batch.attributes?.[own];
      if (messageIds !== undefined) messageIds[index] = batch.messageIds?.[own];
    }
    base += batch.byteLength;
  }
  return new MessageBatch(count, bytes, ends, attributes, messageIds);
}
