import type { PublishRun } from '../codec';
import type { RequestId } from '../frames';
import { MessageBatch, type MessageAttributes } from '../message-batch';
import type { PayloadMemory } from '../payload-memory';

/** What becomes one batch. */
interface Joint {
  readonly topic: string;
  readonly messages: MessageBatch[];
  byteLength: number;
}

interface Part {
  readonly topic: string;
  readonly messages: MessageBatch;
  readonly ids: readonly (RequestId | undefined)[] | undefined;
}

/** Small batches are put together: one commit, one confirm and one push for many. Larger ones are not worth the copy. */
const JOIN_BELOW = 8 * 1024;

/**
 * Puts the publish frames of a chunk together to a run, with few batches a topic. What lies in the chunk is copied: that is
 * overwritten with the next one.
 */
export class RunCollector {
  #parts: Part[] = [];
  #count = 0;

  constructor(private readonly memory?: PayloadMemory) {}

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
      return { count, batches: [{ topic, messages: this.#lasting(messages) }], ids };
    }
    const joints: Joint[] = [];
    const places = new Map<string, number>();
    const batchOf = new Uint16Array(count);
    let at = 0;
    for (const { topic, messages } of parts) {
      let place = places.get(topic);
      if (place === undefined || joints[place].byteLength + messages.byteLength >= JOIN_BELOW) {
        places.set(topic, (place = joints.length));
        joints.push({ topic, messages: [], byteLength: 0 });
      }
      const joint = joints[place];
      joint.messages.push(messages);
      joint.byteLength += messages.byteLength;
      batchOf.fill(place, at, (at += messages.count));
    }
    const batches = joints.map(({ topic, messages }) => ({
      topic,
      messages: messages.length === 1 ? this.#lasting(messages[0]) : joined(messages, this.memory),
    }));
    return { count, batches, batchOf: batches.length === 1 ? undefined : batchOf, ids };
  }

  #lasting(messages: MessageBatch): MessageBatch {
    return messages.lease === undefined ? messages.copied(this.memory) : messages;
  }
}

function joined(batches: readonly MessageBatch[], memory: PayloadMemory | undefined): MessageBatch {
  let count = 0;
  let size = 0;
  for (const batch of batches) {
    count += batch.count;
    size += batch.byteLength;
  }
  const lease = memory?.lease(size);
  const bytes = lease?.bytes.subarray(0, size) ?? Buffer.allocUnsafeSlow(size);
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
    bytes.set(batch.lentBytes.subarray(0, batch.byteLength), base);
    for (let own = 0; own < batch.count; own++, index++) {
      ends[index] = base + batch.ends[own];
      if (attributes !== undefined) attributes[index] = batch.attributes?.[own];
      if (messageIds !== undefined) messageIds[index] = batch.messageIds?.[own];
    }
    base += batch.byteLength;
  }
  const { uniform } = batches[0];
  const isUniform = uniform !== undefined && batches.every((batch) => batch.uniform === uniform);
  const common = isUniform ? uniform : undefined;
  return new MessageBatch(count, bytes, ends, attributes, messageIds, common, lease);
}
