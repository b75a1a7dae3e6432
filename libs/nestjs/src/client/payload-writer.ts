import { RawPayload } from '@pochta/client';
import { encodedPayload } from '../codecs/encoded-payload';
import { jsonCodec } from '../codecs/json-codec';
import type { PayloadCodec } from '../codecs/payload-codec';
import { isPromise } from '../codecs/promises';
import type { PochtaConnection } from '../connections/pochta-connection';
import { isTopicDefinition } from '../topics/define-topic';
import { checkPayload } from '../topics/payload-check';
import type { NamedTopic } from '../topics/topic-definition';
import { LatePayload, sizeOf } from './late-payload';

/** Where to, by name or by definition. */
export type AnyTopic = string | NamedTopic;

/** Checks values, and turns them into what the client sends: themselves when they go as JSON, or a `RawPayload`. */
export class PayloadWriter {
  constructor(private readonly connection: PochtaConnection) {}

  /**
   * What the client is to be given. Throws what the codec throws. A `LatePayload` only where the class or the codec takes
   * a while. With `waits`, and where there is a check, it is of the value as it is now, whatever becomes of that until it is
   * sent; save where the codec is asynchronous.
   */
  take(topic: AnyTopic, name: string, value: unknown, waits: boolean): unknown {
    const definition = isTopicDefinition(topic) ? topic : undefined;
    const codec = definition?.codec ?? this.connection.codecs.forTopic(name);
    const checked = checkPayload(definition?.payload, value);
    if (checked !== undefined) return checkedPayload(checked, () => snapshot(codec, value, name));
    const payload = waits ? snapshot(codec, value, name) : encodedPayload(codec, value, name);
    return isPromise(payload) ? new LatePayload(payload, 0) : payload;
  }
}

/** What is checked is what is sent, so it is written before the check is done; what the check finds goes first. */
function checkedPayload(checked: Promise<void>, write: () => unknown): LatePayload {
  try {
    const payload = write();
    const written = new LatePayload(Promise.resolve(payload), sizeOf(payload));
    return new LatePayload(
      checked.then(() => written.ready),
      written.size,
    );
  } catch (error) {
    const reason = error as Error;
    return new LatePayload(
      checked.then(() => Promise.reject(reason)),
      0,
    );
  }
}

/** Bytes, also of what goes as JSON; a value that the client is to refuse, or that is bytes already, stays. */
function snapshot(codec: PayloadCodec, value: unknown, topic: string): unknown {
  if (codec !== jsonCodec) return encodedPayload(codec, value, topic);
  if (value === undefined || value instanceof RawPayload) return value;
  return new RawPayload(jsonCodec.encode(value, topic) as Uint8Array);
}
