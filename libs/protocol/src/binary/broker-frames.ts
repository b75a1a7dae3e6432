import type { BrokerFrame, Payload } from '../frames';
import { invalidField } from '../json-lines/field-checks';
import { presentFields } from '../json-lines/present-fields';
import type { ByteReader } from './byte-reader';
import { DONE_TEXTS } from './done-texts';
import {
  CONTENT_TYPE,
  DONE,
  END,
  ERROR,
  FORWARDED_CANCEL,
  FORWARDED_REQUEST,
  HEADERS,
  MESSAGE,
  MORE,
  PUBLISHES,
  SEQUENCES,
} from './layout';
import { readSequences } from './sequence-ranges';

/** The texts as a client gets all that it is answered: as JSON. */
const DONE_PAYLOADS: readonly Payload[] = DONE_TEXTS.map((text) => ({
  bytes: Buffer.from(JSON.stringify(text)),
}));

/** The broker's frames but for confirms and pushes. `undefined` for a type that is not known. Throws `INVALID_FRAME`. */
export function readBrokerFrame(type: number, reader: ByteReader): BrokerFrame | undefined {
  switch (type) {
    case DONE: {
      const id = reader.id();
      const message = DONE_PAYLOADS[reader.u8()];
      if (message === undefined) throw invalidField('text', 'must be one of those that are known');
      return id === undefined ? { type: 'success', message } : { type: 'success', id, message };
    }
    case MESSAGE: {
      const id = reader.id();
      const flags = reader.flags(CONTENT_TYPE | MORE | END);
      const message = payload(reader, flags);
      const more = (flags & MORE) === 0 ? undefined : true;
      const end = (flags & END) === 0 ? undefined : true;
      return presentFields<BrokerFrame>({ type: 'success', id, message, more, end });
    }
    case ERROR: {
      const id = reader.id();
      const flags = reader.flags(PUBLISHES | SEQUENCES);
      const code = reader.text();
      const message = reader.text();
      const publishes = (flags & PUBLISHES) === 0 ? undefined : reader.varint();
      const sequences = (flags & SEQUENCES) === 0 ? undefined : readSequences(reader);
      return presentFields<BrokerFrame>({ type: 'error', id, code, message, publishes, sequences });
    }
    case FORWARDED_REQUEST: {
      const flags = reader.flags(CONTENT_TYPE | HEADERS);
      const topic = reader.text();
      const correlationId = reader.text();
      const headers = (flags & HEADERS) === 0 ? undefined : reader.headers();
      const message = payload(reader, flags);
      return presentFields<BrokerFrame>({ type: 'request', topic, correlationId, message, headers });
    }
    case FORWARDED_CANCEL:
      return { type: 'cancel', correlationId: reader.text() };
    default:
      return undefined;
  }
}

function payload(reader: ByteReader, flags: number): Payload {
  if ((flags & CONTENT_TYPE) === 0) return { bytes: reader.rest() };
  const contentType = reader.text();
  return { bytes: reader.rest(), contentType };
}
