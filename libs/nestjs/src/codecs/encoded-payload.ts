import { RawPayload } from '@pochta/client';
import { jsonCodec } from './json-codec';
import type { PayloadCodec } from './payload-codec';
import { isPromise } from './promises';

/** What the client is to send: the value itself where that goes as JSON, which the client writes, or its bytes. */
export function encodedPayload(codec: PayloadCodec, value: unknown, topic: string): unknown {
  if (codec === jsonCodec) return value;
  const { contentType } = codec;
  const bytes = codec.encode(value, topic);
  if (!isPromise(bytes)) return new RawPayload(bytes, contentType);
  return Promise.resolve(bytes).then((written) => new RawPayload(written, contentType));
}
