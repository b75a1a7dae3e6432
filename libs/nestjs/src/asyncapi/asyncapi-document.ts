/** A JSON Schema, or a reference to one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Reference {
  readonly $ref: string;
}

export interface AsyncApiServer {
  /** `host:port`. */
  readonly host: string;
  readonly protocol: string;
  readonly description?: string;
}

export interface AsyncApiMessage {
  readonly name: string;
  readonly contentType: string;
  readonly payload?: JsonSchema;
  readonly headers?: JsonSchema;
}

export interface AsyncApiChannel {
  /** `null`: the broker brings it to whoever asked. */
  readonly address: string | null;
  readonly description?: string;
  readonly messages: Readonly<Record<string, AsyncApiMessage>>;
  readonly parameters?: Readonly<Record<string, { readonly description: string }>>;
  readonly 'x-pochta'?: object;
}

export interface AsyncApiOperationObject {
  readonly action: 'send' | 'receive';
  readonly channel: Reference;
  readonly messages: readonly Reference[];
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly { readonly name: string }[];
  readonly reply?: { readonly channel: Reference; readonly messages: readonly Reference[] };
  readonly 'x-pochta'?: object;
}

/** A document of AsyncAPI 3.0; what is Pochta's own is under `x-pochta`. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly defaultContentType: string;
  readonly servers?: Readonly<Record<string, AsyncApiServer>>;
  readonly channels: Readonly<Record<string, AsyncApiChannel>>;
  readonly operations: Readonly<Record<string, AsyncApiOperationObject>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}
