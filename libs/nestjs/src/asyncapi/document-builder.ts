import { DEAD_LETTER_TOKEN } from '@pochta/protocol';
import { codecTable, type CodecTable } from '../codecs/codec-table';
import type { PayloadCodec } from '../codecs/payload-codec';
import { fillInKnown } from '../topics/placeholders';
import type { DescribedTopic } from './described-topic';
import type { SubscribeOptions } from '../transport/subscribe-options';
import type {
  AsyncApiChannel,
  AsyncApiDocument,
  AsyncApiMessage,
  AsyncApiOperationObject,
  AsyncApiServer,
  Reference,
} from './asyncapi-document';
import { channelAddress, type ChannelAddress } from './channel-address';
import type { DescribedHandler } from './described-handler';
import { type PayloadSource, PayloadSchemas } from './payload-schemas';
import { UniqueNames } from './unique-names';

const JSON_TYPE = 'application/json';

/** What a document says of the app, and what it needs to know beyond the app's decorators. */
export interface AsyncApiOptions {
  /** The name of the app. */
  readonly title: string;
  /** The version of the app's interface, not of AsyncAPI. */
  readonly version: string;
  readonly description?: string;
  /** By name. Default: none. */
  readonly servers?: Readonly<Record<string, AsyncApiServer>>;
  /** The group of handlers that name none: what the strategy's options say. */
  readonly group?: string;
  /** What placeholders in topic names stand for; those that are not named become parameters of the channel. */
  readonly names?: Readonly<Record<string, string>>;
  /** How payloads are written, by topic or filter, as in the connection's options. */
  readonly codecs?: Readonly<Record<string, PayloadCodec>>;
  /** Id of the strategy whose handlers are described, unless it is `POCHTA`. */
  readonly transportId?: symbol;
}

type Channel = { -readonly [Key in keyof AsyncApiChannel]: AsyncApiChannel[Key] } & {
  messages: Record<string, AsyncApiMessage>;
};

/** What goes over a channel. */
interface Content {
  readonly payload: PayloadSource | undefined;
  readonly headers?: PayloadSource;
  readonly codec: PayloadCodec;
  /** When the payload's class gives none. */
  readonly name: string;
}

/** Puts a document together from handlers, which receive, and definitions, which are published to. */
export class DocumentBuilder {
  readonly #schemas = new PayloadSchemas();
  readonly #channels: Record<string, Channel> = {};
  readonly #operations: Record<string, AsyncApiOperationObject> = {};
  /** Names of channels, by address. */
  readonly #channelIds = new Map<string, string>();
  readonly #uniqueChannels = new UniqueNames();
  readonly #uniqueOperations = new UniqueNames();
  readonly #codecs: CodecTable;

  constructor(private readonly options: AsyncApiOptions) {
    this.#codecs = codecTable(options.codecs);
  }

  /** What the app publishes. */
  addDefinition(definition: DescribedTopic): void {
    const address = this.#address(definition.name);
    const id = this.#channel(address, definition);
    const codec = this.#codecOf(address, definition);
    const message = this.#message(id, { payload: definition.payload, codec, name: 'message' });
    this.#operations[this.#uniqueOperations.take(`${id}.send`)] = {
      action: 'send',
      channel: channelReference(id),
      messages: [message],
    };
  }

  addHandler(handler: DescribedHandler): void {
    const { topic, definition, described, isRequest } = handler;
    const address = this.#address(topic);
    const id = this.#channel(address, definition);
    const codec = this.#codecOf(address, definition);
    // The parameter of a batch handler is an array; the definition says of what.
    const own = handler.options.batch === undefined ? handler.payload : undefined;
    const payload = described.payload ?? definition?.payload ?? own;
    const name = isRequest ? 'request' : 'message';
    const message = this.#message(id, { payload, headers: described.headers, codec, name });
    const { summary, description, tags } = described;
    this.#operations[this.#uniqueOperations.take(handler.name)] = {
      action: 'receive',
      channel: channelReference(id),
      messages: [message],
      ...(summary !== undefined && { summary }),
      ...(description !== undefined && { description }),
      ...(tags !== undefined && { tags: tags.map((tag) => ({ name: tag })) }),
      ...(isRequest
        ? { reply: this.#reply(id, described.reply ?? handler.returns, codec) }
        : { 'x-pochta': this.#subscription(handler.options, address, definition) }),
    };
  }

  document(): AsyncApiDocument {
    const { title, version, description, servers } = this.options;
    return {
      asyncapi: '3.0.0',
      info: { title, version, ...(description !== undefined && { description }) },
      defaultContentType: JSON_TYPE,
      ...(servers !== undefined && { servers }),
      channels: this.#channels,
      operations: this.#operations,
      components: { schemas: this.#schemas.all },
    };
  }

  #address(topic: string): ChannelAddress {
    return channelAddress(fillInKnown(topic, this.options.names ?? {}));
  }

  /** The name of the channel, which is added if there is none with that address. */
  #channel(
    { address, parameters, topic, isFilter, id }: ChannelAddress,
    definition?: DescribedTopic,
  ): string {
    let name = this.#channelIds.get(address);
    if (name === undefined) {
      name = this.#uniqueChannels.take(id);
      this.#channelIds.set(address, name);
      this.#channels[name] = {
        address,
        messages: {},
        ...(Object.keys(parameters).length > 0 && { parameters }),
        ...(isFilter && { 'x-pochta': { filter: topic } }),
      };
    }
    const channel = this.#channels[name];
    if (definition?.description !== undefined) channel.description ??= definition.description;
    if (definition?.policy !== undefined) channel['x-pochta'] = { policy: definition.policy };
    return name;
  }

  /** Adds the message to the channel, unless it is there. */
  #message(channel: string, { payload, headers, codec, name }: Content): Reference {
    const schema = this.#schemas.schemaOf(payload);
    const headerSchema = this.#schemas.schemaOf(headers);
    const message: AsyncApiMessage = {
      name: this.#schemas.nameOf(payload) ?? name,
      contentType: codec.contentType ?? JSON_TYPE,
      ...(schema !== undefined && { payload: schema }),
      ...(headerSchema !== undefined && { headers: headerSchema }),
    };
    const { messages } = this.#channels[channel];
    let key = message.name;
    // Two handlers of a topic may read different headers of the same payload.
    for (let n = 2; messages[key] !== undefined && !isSame(messages[key], message); n += 1)
      key = `${message.name}-${n}`;
    messages[key] = message;
    return { $ref: `#/channels/${channel}/messages/${key}` };
  }

  /** A reply reaches whoever asked, without a topic. */
  #reply(request: string, payload: PayloadSource | undefined, codec: PayloadCodec) {
    const key = `reply to ${request}`;
    let id = this.#channelIds.get(key);
    if (id === undefined) {
      id = this.#uniqueChannels.take(`${request}.reply`);
      this.#channelIds.set(key, id);
      this.#channels[id] = { address: null, messages: {} };
    }
    const message = this.#message(id, { payload, codec, name: 'reply' });
    return { channel: channelReference(id), messages: [message] };
  }

  #subscription(options: SubscribeOptions, { address }: ChannelAddress, definition?: DescribedTopic): object {
    if (options.broadcast === true) return { from: 'new', ...options };
    const { group } = this.options;
    const subscription = { ...(group !== undefined && { group }), ...options };
    // A dead-letter topic has no dead letters of its own.
    if (address.endsWith(`.${DEAD_LETTER_TOKEN}`)) return subscription;
    const deadLetterTopic = definition?.policy?.deadLetterTopic || `${address}.${DEAD_LETTER_TOKEN}`;
    return { ...subscription, deadLetterTopic };
  }

  #codecOf({ topic }: ChannelAddress, definition: DescribedTopic | undefined): PayloadCodec {
    return definition?.codec ?? this.#codecs.forTopic(topic);
  }
}

function channelReference(id: string): Reference {
  return { $ref: `#/channels/${id}` };
}

function isSame(one: AsyncApiMessage, other: AsyncApiMessage): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
