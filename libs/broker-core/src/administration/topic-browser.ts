import type { MessageAttributes, StoredBatch } from '@pochta/protocol';
import { isHole, type MessageStore } from '@pochta/storage-contract';
import { MAX_PAGE_BYTES } from './reply-size';

export interface BrowseOptions {
  /** Sequence to begin with; default: the oldest message held. */
  readonly from?: number;
  /** Most messages to show; default 20. */
  readonly limit?: number;
}

/** Messages of a topic, as JSON text: what a payload is made of, down to the digits of its numbers, stays as it is. */
export interface BrowsePage {
  /**
   * One JSON object for each message, oldest first: `sequence`, `timestamp` (ms since the epoch), `key`, `headers` and
   * `priority` where it has any, and `message`, its payload. A payload that is not JSON is a string of base64, beside
   * `encoding` and `contentType`. A message that alone would not fit into a frame has no `message`, but `truncated`,
   * and the size of its payload in `bytes`.
   */
  readonly messages: readonly string[];
  /** Sequence to go on from, when the topic may hold more. */
  readonly next?: number;
}

/** Bytes of payloads that are read at a time. */
const READ_BYTES = 64 * 1024;

/** Shows messages, which stay as they are. Throws `TOPIC_UNKNOWN`. */
export async function browse(
  store: MessageStore,
  topic: string,
  { from, limit = 20 }: BrowseOptions,
): Promise<BrowsePage> {
  const reader = await store.openReader(topic, from === undefined ? 'earliest' : { sequence: from });
  const texts = new PageTexts();
  try {
    while (texts.messages.length < limit) {
      const page = await reader.fetch(limit - texts.messages.length, READ_BYTES);
      if (page.length === 0) return { messages: texts.messages };
      for (const entry of page) {
        const left = isHole(entry) ? undefined : texts.take(entry);
        if (left !== undefined) return { messages: texts.messages, next: left };
      }
    }
    const end = store.describe(topic)?.nextSequence ?? 0;
    return { messages: texts.messages, ...(reader.position < end && { next: reader.position }) };
  } finally {
    reader.close();
  }
}

/** The page as one JSON text. */
export function browseText({ messages, next }: BrowsePage): string {
  const rest = next === undefined ? '' : `,"next":${next}`;
  return `{"messages":[${messages.join(',')}]${rest}}`;
}

/** Collects messages until the page is full. */
class PageTexts {
  readonly messages: string[] = [];
  #bytes = 0;

  /** Takes what there is room for; the sequence of the first message that was left out, if any. */
  take({ firstSequence, timestamp, messages }: StoredBatch): number | undefined {
    for (let index = 0; index < messages.count; index++) {
      const sequence = firstSequence + index;
      const attributes = messages.attributes?.[index];
      if (!this.#add(messageText(sequence, timestamp, messages.payload(index), attributes))) return sequence;
    }
    return undefined;
  }

  #add({ text, bytes }: MessageText): boolean {
    if (this.messages.length > 0 && this.#bytes + bytes > MAX_PAGE_BYTES) return false;
    this.messages.push(text());
    this.#bytes += bytes + 1;
    return true;
  }
}

interface MessageText {
  /** Bytes of the text. */
  readonly bytes: number;
  readonly text: () => string;
}

function messageText(
  sequence: number,
  timestamp: number,
  payload: Uint8Array,
  { key, headers, priority = 0, contentType }: MessageAttributes = {},
): MessageText {
  const opaque = contentType === undefined ? {} : { encoding: 'base64', contentType };
  const facts = { sequence, timestamp, key, headers, priority: priority || undefined };
  const before = `${JSON.stringify({ ...facts, ...opaque }).slice(0, -1)},"message":`;
  const length = contentType === undefined ? payload.length : 4 * Math.ceil(payload.length / 3) + 2;
  const bytes = Buffer.byteLength(before) + length + 1;
  if (bytes > MAX_PAGE_BYTES) {
    const instead = JSON.stringify({ ...facts, contentType, bytes: payload.length, truncated: true });
    return { bytes: Buffer.byteLength(instead), text: () => instead };
  }
  return { bytes, text: () => `${before}${payloadText(payload, contentType)}}` };
}

function payloadText({ buffer, byteOffset, length }: Uint8Array, contentType: string | undefined): string {
  const bytes = Buffer.from(buffer, byteOffset, length);
  return contentType === undefined ? bytes.toString('utf8') : `"${bytes.toString('base64')}"`;
}
