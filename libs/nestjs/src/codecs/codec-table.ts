import { errorFor, isTopicFilter, TopicFilter, validateTopicFilter } from '@pochta/protocol';
import { TopicMemo } from '../topic-memo';
import { jsonCodec } from './json-codec';
import type { PayloadCodec } from './payload-codec';
import { isPromise } from './promises';

/** Which codec goes with a topic, and which with a payload that came in. */
export interface CodecTable {
  /** How payloads of the topic are written: by the topic's name, else by the first filter that matches, else JSON. */
  forTopic(topic: string): PayloadCodec;
  /**
   * How a payload that came in is read: by the topic's own codec when the content type is that codec's, else by any
   * self-describing codec of the table with that content type. `undefined`: nobody knows it, and the handler is given the
   * bytes. JSON is always known, also when its content type says so. Letter case and parameters of a content type do not
   * matter unless they tell two codecs apart.
   */
  forContent(topic: string, contentType: string | undefined): PayloadCodec | undefined;
  /**
   * The value of a payload that came in, or a promise of it; the bytes when no codec is known for them. Throws, or rejects
   * with, what the codec throws.
   */
  read(topic: string, payload: { readonly contentType?: string; readonly bytes: Uint8Array }): unknown;
}

const JSON_TYPE = 'application/json';

/**
 * A table of codecs by topic or topic filter; a topic's own name goes before filters, and filters in their order.
 *
 * `topics`: codecs that topics were defined with, by topic; they go before `codecs`, and may be added to later.
 *
 * Throws `INVALID_CONFIG` for a key that is no topic filter, and for what is no codec.
 */
export function codecTable(
  codecs: Readonly<Record<string, PayloadCodec>> = {},
  topics: ReadonlyMap<string, PayloadCodec> = new Map(),
): CodecTable {
  for (const [key, codec] of Object.entries(codecs)) check(key, codec);
  return new TopicCodecs(codecs, topics);
}

class TopicCodecs implements CodecTable {
  readonly #named: ReadonlyMap<string, PayloadCodec>;
  readonly #filtered: readonly (readonly [TopicFilter, PayloadCodec])[];
  readonly #byFilter = new TopicMemo(
    (topic) => this.#filtered.find(([filter]) => filter.matches(topic))?.[1] ?? jsonCodec,
  );

  constructor(
    codecs: Readonly<Record<string, PayloadCodec>>,
    private readonly topics: ReadonlyMap<string, PayloadCodec>,
  ) {
    const entries = Object.entries(codecs);
    this.#named = new Map(entries.filter(([key]) => !isTopicFilter(key)));
    this.#filtered = entries
      .filter(([key]) => isTopicFilter(key))
      .map(([key, codec]) => [new TopicFilter(key), codec] as const);
  }

  forTopic(topic: string): PayloadCodec {
    return this.topics.get(topic) ?? this.#named.get(topic) ?? this.#byFilter.get(topic);
  }

  forContent(topic: string, contentType: string | undefined): PayloadCodec | undefined {
    if (contentType === undefined) return jsonCodec;
    const own = this.forTopic(topic);
    if (own.contentType === contentType) return own;
    const codecs = [...this.topics.values(), ...this.#named.values(), ...this.#filtered.map(([, c]) => c)];
    const readers = [own, ...codecs.filter(({ selfDescribing }) => selfDescribing)];
    const wanted = essence(contentType);
    return (
      readers.find((codec) => codec.contentType === contentType) ??
      readers.find((codec) => codec.contentType !== undefined && essence(codec.contentType) === wanted) ??
      (wanted === JSON_TYPE ? jsonCodec : undefined)
    );
  }

  read(topic: string, { contentType, bytes }: { contentType?: string; bytes: Uint8Array }): unknown {
    const codec = this.forContent(topic, contentType);
    if (codec === undefined) return bytes;
    const value = codec.decode(bytes, topic);
    return isPromise(value) ? Promise.resolve(value) : value;
  }
}

/** The content type without its parameters, in lower case. */
function essence(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

function check(key: string, codec: unknown): void {
  const problem = validateTopicFilter(key) ?? (isCodec(codec) ? undefined : 'must be a payload codec');
  if (problem === undefined) return;
  throw errorFor('INVALID_CONFIG', `codecs: ${JSON.stringify(key)} ${problem}`, { field: `codecs.${key}` });
}

function isCodec(value: unknown): value is PayloadCodec {
  if (typeof value !== 'object' || value === null) return false;
  const { contentType, encode, decode } = value as Partial<PayloadCodec>;
  return (
    (contentType === undefined || typeof contentType === 'string') &&
    typeof encode === 'function' &&
    typeof decode === 'function'
  );
}
