import { ByteCache } from '../byte-cache';
import { errorFor } from '../errors/error-classes';
import type { PochtaError } from '../errors/pochta-error';
import type { AckFrame, ControlFrame, Payload, PublishFrame, RequestId } from '../frames';
import { invalidField, isRequestId } from '../json-lines/field-checks';
import { presentFields } from '../json-lines/present-fields';
import { MAX_NAME_LENGTH, MAX_OPERATIONS, MAX_WAIT } from '../limits';
import { validateRequestTopic, validateTopicName } from '../topic-name';
import { ByteReader, textOf } from './byte-reader';
import type { JsonCheck } from './json-check';
import {
  ACK,
  CANCEL,
  CONTENT_TYPE,
  GET,
  HEADERS,
  MORE,
  NACK,
  OPTION,
  PAYLOAD,
  PING,
  PUBLISH,
  REFUSAL,
  REPLY,
  REQUEST,
  TERMINATE,
  TIMEOUT,
  TOUCH,
  TRANSACTION,
} from './layout';
import type { PublishReader } from './publish-reader';
import { readSequences } from './sequence-ranges';
import { checkContentType, checkHeaders, checkInteger, checkName, checkTopic } from './value-checks';

const REMEMBERED_TEXTS = 16;
const INVALID_JSON = errorFor('INVALID_JSON');
const ID_RULE = invalidField('id', `must be a string of at most ${MAX_NAME_LENGTH} characters or a number`);
const OPERATIONS_RULE = invalidField('operations', `must be 1 to ${MAX_OPERATIONS} publishes and acks`);

/** Makes a client's frames, all but publishes. */
export class ControlFrameReader {
  /** The `id` of the frame that was last read, as far as it can be told. */
  id: RequestId | undefined;
  // Of many requests of all connections, few texts are seen for the first time.
  readonly #requestTopics = new ByteCache(REMEMBERED_TEXTS, (bytes, start, end) =>
    checkTopic(textOf(bytes, start, end), validateRequestTopic),
  );
  readonly #contentTypes = new ByteCache(REMEMBERED_TEXTS, (bytes, start, end) =>
    checkContentType(textOf(bytes, start, end)),
  );

  constructor(
    private readonly publishes: PublishReader,
    private readonly json: JsonCheck,
    private readonly tooDeep: PochtaError,
  ) {}

  /** `undefined` for a type that is not known. Throws `INVALID_FRAME`, and `INVALID_JSON` for a payload that is none. */
  read(type: number, reader: ByteReader): ControlFrame | undefined {
    this.id = undefined;
    if (type < ACK || type > TRANSACTION) return undefined;
    const id = reader.id();
    if (id !== undefined && !isRequestId(id)) throw ID_RULE;
    this.id = id;
    const frame = this.#fields(type, id, reader);
    if (frame === undefined) return undefined;
    reader.done();
    return type === REQUEST || type === REPLY ? frame : presentFields(frame);
  }

  #fields(type: number, id: RequestId | undefined, reader: ByteReader): ControlFrame | undefined {
    switch (type) {
      case ACK:
        return { action: 'ack', id, ...settlement(reader) };
      case TOUCH:
        return { action: 'touch', id, ...settlement(reader) };
      case NACK: {
        const delay = (reader.flags(OPTION) & OPTION) === 0 ? undefined : reader.varint();
        if (delay !== undefined) checkInteger('delay', delay, 0, MAX_WAIT);
        return { action: 'nack', id, ...settlement(reader), delay };
      }
      case TERMINATE: {
        const reason = (reader.flags(OPTION) & OPTION) === 0 ? undefined : reader.text();
        if (reason !== undefined && reason.length > MAX_NAME_LENGTH)
          throw invalidField('reason', `must be a string of at most ${MAX_NAME_LENGTH} characters`);
        return { action: 'terminate', id, ...settlement(reader), reason };
      }
      case GET:
        return { action: 'get', id, topic: checkTopic(reader.text(), validateTopicName) };
      case REQUEST:
        return this.#request(id, reader);
      case REPLY:
        return this.#reply(id, reader);
      case CANCEL:
        if (id === undefined) throw invalidField('id', 'must be the id of an own request');
        return { action: 'cancel', id };
      case PING:
        return { action: 'ping', id };
      case TRANSACTION:
        return { action: 'transaction', id, operations: this.#operations(reader) };
      default:
        return undefined;
    }
  }

  #request(id: RequestId | undefined, reader: ByteReader): ControlFrame {
    const flags = reader.flags(CONTENT_TYPE | HEADERS | TIMEOUT);
    const topic = reader.cached(this.#requestTopics);
    const timeout = (flags & TIMEOUT) === 0 ? undefined : reader.varint();
    if (timeout !== undefined) checkInteger('timeout', timeout, 1, MAX_WAIT);
    const headers = (flags & HEADERS) === 0 ? undefined : checkHeaders(reader.headers());
    const message = this.#payload(flags, reader);
    // Most are like these, and a copy costs as much as all of their fields.
    if (headers === undefined && id !== undefined && timeout !== undefined)
      return { action: 'request', id, topic, message, timeout };
    if (headers === undefined && id === undefined && timeout === undefined)
      return { action: 'request', topic, message };
    return presentFields({ action: 'request', id, topic, message, headers, timeout });
  }

  #reply(id: RequestId | undefined, reader: ByteReader): ControlFrame {
    const flags = reader.flags(CONTENT_TYPE | PAYLOAD | MORE | REFUSAL);
    const correlationId = checkName('correlationId', reader.text());
    const more = (flags & MORE) === 0 ? undefined : true;
    if ((flags & REFUSAL) !== 0) {
      if ((flags & (PAYLOAD | CONTENT_TYPE)) !== 0)
        throw invalidField('error', 'must not be given together with message');
      const code = reader.text();
      const message = reader.text();
      if (code !== '') checkName('code', code);
      const error = code === '' ? { message } : { code, message };
      return presentFields({ action: 'reply', id, correlationId, error, more });
    }
    if ((flags & PAYLOAD) === 0) {
      if (more) throw invalidField('message', 'must be a JSON value');
      return presentFields({ action: 'reply', id, correlationId });
    }
    const message = this.#payload(flags, reader);
    if (id === undefined && more === undefined) return { action: 'reply', correlationId, message };
    return presentFields({ action: 'reply', id, correlationId, message, more });
  }

  /** The rest of the frame; a copy, since the chunk is overwritten with the next one. */
  #payload(flags: number, reader: ByteReader): Payload {
    if ((flags & CONTENT_TYPE) !== 0) {
      const contentType = reader.cached(this.#contentTypes);
      return { bytes: Buffer.from(reader.rest()), contentType };
    }
    const bytes = Buffer.from(reader.rest());
    const verdict = this.json.check(bytes, 0, bytes.length);
    if (verdict !== 'json') throw verdict === 'deep' ? this.tooDeep : INVALID_JSON;
    return { bytes };
  }

  /** Frames within the frame. */
  #operations(reader: ByteReader): (PublishFrame | AckFrame)[] {
    const operations: (PublishFrame | AckFrame)[] = [];
    const inner = new ByteReader();
    while (reader.at < reader.end) {
      const length = reader.u32();
      const start = reader.skip(length);
      inner.point(reader.bytes, start, start + length);
      const type = inner.u8();
      if (type === PUBLISH) operations.push(...this.publishes.frames(inner));
      else if (type === ACK) {
        inner.id();
        operations.push({ action: 'ack', ...settlement(inner) });
        inner.done();
      } else throw OPERATIONS_RULE;
      if (operations.length > MAX_OPERATIONS) throw OPERATIONS_RULE;
    }
    if (operations.length === 0) throw OPERATIONS_RULE;
    return operations;
  }
}

/** text topic, text group, sequences */
function settlement(reader: ByteReader): { topic: string; group: string; sequences: readonly number[] } {
  const topic = checkTopic(reader.text(), validateTopicName);
  const group = checkName('group', reader.text());
  return { topic, group, sequences: readSequences(reader) };
}
