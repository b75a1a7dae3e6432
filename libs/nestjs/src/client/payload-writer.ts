import { encodedPayload } from '../codecs/encoded-payload';
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
    if (checked === undefined) return encodedPayload(codec, value, name);
    return checked.then(() => encodedPayload(codec, value, name));
  }
}
