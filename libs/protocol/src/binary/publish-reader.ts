import { ByteCache } from '../byte-cache';
import { errorFor } from '../errors/error-classes';
import { PochtaError } from '../errors/pochta-error';
import type { PublishFrame, RequestId } from '../frames';
import { invalidField } from '../json-lines/field-checks';
import { presentFields } from '../json-lines/present-fields';
import { MessageBatch, type MessageAttributes } from '../message-batch';
import type { Lease } from '../payload-memory';
import { validateTopicName } from '../topic-name';
import { textOf, type ByteReader } from './byte-reader';
import { readEnds } from './ends';
import type { JsonCheck } from './json-check';
import { ATTRIBUTES, CONTENT_TYPE, MAX_FRAME_MESSAGES, MESSAGE_IDS, REQUEST_IDS } from './layout';
import { readAttributes, type WrittenAttributes } from './message-attributes';
import { readSeries } from './message-ids';
import { attributesOf, checkContentType, checkFields, checkTopic } from './value-checks';

const REMEMBERED_TEXTS = 16;
const INVALID_JSON = errorFor('INVALID_JSON');
const COUNT = invalidField('count', `must be an integer from 1 to ${MAX_FRAME_MESSAGES}`);
const ENDS = invalidField('ends', 'must ascend to the length of the payloads');
const ENTRIES = invalidField('attributes', 'must be of messages of the frame');
const IDS = invalidField('messageId', 'must be given once');

/** What one publish frame says. */
export interface ReadPublish {
  readonly topic: string;
  /** The payloads are a view of what was read; without a lease, only until that is overwritten. */
  readonly messages: MessageBatch;
  readonly ids: readonly (RequestId | undefined)[] | undefined;
  /** What is wrong with single messages, by their index. */
  readonly refusals: ReadonlyMap<number, PochtaError> | undefined;
}

/**
 *     flags  u32 count  text topic  [ids]  [text contentType]  [message ids]  u32 ends[count]  [attributes]  payloads
 */
export class PublishReader {
  /** Messages of the frame that was last read, as far as it can be told; 1 when it cannot. */
  count = 1;
  #refusals: Map<number, PochtaError> | undefined;
  readonly #topics = new ByteCache(REMEMBERED_TEXTS, (bytes, start, end) =>
    checkTopic(textOf(bytes, start, end), validateTopicName),
  );
  readonly #contentTypes = new ByteCache(REMEMBERED_TEXTS, (bytes, start, end): MessageAttributes => {
    const contentType = checkContentType(textOf(bytes, start, end));
    return Object.freeze({ contentType });
  });

  /** `tooDeep`: for a payload that is nested deeper than `json` allows. */
  constructor(
    private readonly json: JsonCheck,
    private readonly tooDeep: PochtaError,
  ) {}

  /** `lease`: of the memory that the frame lies in. Throws `INVALID_FRAME` for what is wrong with all of the frame. */
  read(reader: ByteReader, lease?: Lease): ReadPublish {
    this.count = 1;
    this.#refusals = undefined;
    const flags = reader.flags(CONTENT_TYPE | ATTRIBUTES | MESSAGE_IDS | REQUEST_IDS);
    const count = reader.u32();
    if (count < 1 || count > MAX_FRAME_MESSAGES || 4 * count > reader.end - reader.at) throw COUNT;
    this.count = count;
    const topic = reader.cached(this.#topics);
    const ids = (flags & REQUEST_IDS) === 0 ? undefined : Array.from({ length: count }, () => reader.id());
    const shared = (flags & CONTENT_TYPE) === 0 ? undefined : reader.cached(this.#contentTypes);
    const series = (flags & MESSAGE_IDS) === 0 ? undefined : readSeries(reader, count);
    const ends = readEnds(reader.bytes, reader.skip(4 * count), count);
    if (ends === undefined) throw ENDS;
    const own = (flags & ATTRIBUTES) === 0 ? undefined : this.#attributes(reader, count, shared);
    if (own?.messageIds !== undefined && series !== undefined) throw IDS;
    const payloads = reader.rest();
    if (payloads.length !== ends[count - 1]) throw ENDS;
    const attributes = own?.attributes ?? (shared && new Array<MessageAttributes>(count).fill(shared));
    const uniform = own === undefined ? shared : undefined;
    const messageIds = series ?? own?.messageIds;
    const messages = new MessageBatch(count, payloads, ends, attributes, messageIds, uniform, lease);
    if (shared === undefined) this.#checkPayloads(messages, payloads);
    return { topic, messages, ids, refusals: this.#refusals };
  }

  /** The same as frames, for a transaction. Throws what is wrong with any of them. */
  frames(reader: ByteReader): PublishFrame[] {
    const { topic, messages, refusals } = this.read(reader);
    for (const error of refusals?.values() ?? []) throw error;
    return Array.from({ length: messages.count }, (_, index) => {
      const { contentType, ...options } = messages.attributes?.[index] ?? {};
      const message = presentFields({ bytes: Buffer.from(messages.payload(index)), contentType });
      const messageId = messages.messageIds?.[index];
      return presentFields<PublishFrame>({ action: 'publish', topic, message, messageId, ...options });
    });
  }

  #attributes(reader: ByteReader, count: number, shared: MessageAttributes | undefined) {
    const attributes = new Array<MessageAttributes | undefined>(count).fill(shared);
    let messageIds: (string | undefined)[] | undefined;
    const take = (index: number, fields: WrittenAttributes): void => {
      try {
        const checked = checkFields(fields);
        attributes[index] = attributesOf(checked, shared?.contentType);
        if (checked.messageId === undefined) return;
        messageIds ??= new Array<undefined>(count).fill(undefined);
        messageIds[index] = checked.messageId;
      } catch (error) {
        this.#refuse(index, error);
      }
    };
    if (!readAttributes(reader, count, take)) throw ENTRIES;
    return { attributes: attributes.some((of) => of !== undefined) ? attributes : undefined, messageIds };
  }

  #checkPayloads(messages: MessageBatch, payloads: Buffer): void {
    const { count, ends, attributes } = messages;
    for (let index = 0, start = 0; index < count; index++) {
      const end = ends[index];
      if (attributes?.[index]?.contentType === undefined) {
        const verdict = this.json.check(payloads, start, end);
        if (verdict !== 'json') this.#refuse(index, verdict === 'deep' ? this.tooDeep : INVALID_JSON);
      }
      start = end;
    }
  }

  #refuse(index: number, error: unknown): void {
    if (!(error instanceof PochtaError)) throw error;
    this.#refusals ??= new Map();
    if (!this.#refusals.has(index)) this.#refusals.set(index, error);
  }
}
