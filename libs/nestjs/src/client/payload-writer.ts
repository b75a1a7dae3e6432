import { RawPayload } from '@pochta/client';
import { jsonCodec } from '../codecs/json-codec';
import type { PayloadCodec } from '../codecs/payload-codec';
import type { PochtaConnection } from '../connections/pochta-connection';
import { isTopicDefinition } from '../topics/define-topic';
import { checkPayload } from '../topics/payload-check';
import type { NamedTopic } from '../topics/topic-definition';

/** Where to, by name or by definition. */
export type AnyTopic = string | NamedTopic;

/** Checks values, and turns them into what the client sends: themselves when they go as JSON, or a `RawPayload`. */
export class PayloadWriter {
  constructor(private readonly connection: PochtaConnection) {}

  /** Throws `VALIDATION_FAILED` and what the codec throws; gives a promise only where the class or the codec needs one. */
  write(topic: AnyTopic, name: string, value: unknown): unknown {
    const definition = isTopicDefinition(topic) ? topic : undefined;
    const codec = definition?.codec ?? this.connection.codecs.forTopic(name);
    const checked = checkPayload(definition?.payload, value);
    if (checked === undefined) return encode(codec, value, name);
    return checked.then(() => encode(codec, value, name));
  }
}

function encode(codec: PayloadCodec, value: unknown, name: string): unknown {
  if (codec === jsonCodec) return value;
  const { contentType } = codec;
  const bytes = codec.encode(value, name);
  if (isPromise(bytes)) return bytes.then((bytes) => new RawPayload(bytes, contentType));
  return new RawPayload(bytes, contentType);
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
