import { isAscii } from 'node:buffer';

/** What a push says beside topic and payload. All of it is absent unless the subscription asked for it. */
export interface PushMeta {
  readonly subscription?: string | undefined;
  readonly group?: string | undefined;
  readonly sequence?: number | undefined;
  /** When the message was stored, in ms since the epoch. */
  readonly timestamp?: number | undefined;
  readonly epoch?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly key?: string | undefined;
  /** 1 to 9; absent when it is 0. */
  readonly priority?: number | undefined;
  /** How often the message has been delivered in its consumer group, this time included. */
  readonly deliveryCount?: number | undefined;
}

/** What a message has beside what its frame says of all. */
export type OwnMeta = Pick<PushMeta, 'headers' | 'key' | 'priority'> & { readonly contentType?: string };

/** What pushes of one frame have in common: kept once, as most of what a subscription costs is objects that are soon gone. */
export class PushFrame {
  readonly #payloads: Buffer;
  /** All payloads as text; `null` when a place in it is not that in the bytes. */
  #text: string | null | undefined;

  constructor(
    readonly topic: string,
    /** Of all its messages. */
    payloads: Uint8Array,
    /** MIME type of the payloads; JSON text when absent. */
    readonly contentType?: string,
    readonly meta?: Omit<PushMeta, 'sequence'>,
  ) {
    this.#payloads = Buffer.isBuffer(payloads)
      ? payloads
      : Buffer.from(payloads.buffer, payloads.byteOffset, payloads.length);
  }

  bytes(start: number, end: number): Uint8Array {
    return this.#payloads.subarray(start, end);
  }

  /** One payload as text. That of all is made for the first of them, and let go of with the last. */
  text(start: number, end: number): string {
    const payloads = this.#payloads;
    const isLast = end === payloads.length;
    if (isLast && start === 0) return payloads.toString();
    this.#text ??= this.#text === undefined && isAscii(payloads) ? payloads.toString('latin1') : null;
    if (this.#text === null) return payloads.toString('utf8', start, end);
    const text = this.#text.slice(start, end);
    if (isLast) this.#text = undefined;
    return text;
  }
}

/** One message on its way to a subscription. */
export class Push implements PushMeta {
  readonly #frame: PushFrame;
  readonly #start: number;
  readonly #end: number;
  readonly #own: OwnMeta | undefined;
  #value: unknown;
  #parsed = false;

  /** The payload is `[start, end)` of its frame's. */
  constructor(
    frame: PushFrame,
    start: number,
    end: number,
    readonly sequence?: number,
    own?: OwnMeta,
  ) {
    this.#frame = frame;
    this.#start = start;
    this.#end = end;
    this.#own = own;
  }

  /** The only one of its frame. */
  static alone(topic: string, bytes: Uint8Array, contentType?: string, meta?: PushMeta): Push {
    const frame = new PushFrame(topic, bytes, contentType, meta);
    return new Push(frame, 0, bytes.length, meta?.sequence, meta);
  }

  get type(): 'push' {
    return 'push';
  }

  get topic(): string {
    return this.#frame.topic;
  }

  get subscription(): string | undefined {
    return this.#frame.meta?.subscription;
  }

  get group(): string | undefined {
    return this.#frame.meta?.group;
  }

  get timestamp(): number | undefined {
    return this.#frame.meta?.timestamp;
  }

  get epoch(): string | undefined {
    return this.#frame.meta?.epoch;
  }

  get deliveryCount(): number | undefined {
    return this.#frame.meta?.deliveryCount;
  }

  get headers(): Readonly<Record<string, string>> | undefined {
    return this.#own?.headers;
  }

  get key(): string | undefined {
    return this.#own?.key;
  }

  get priority(): number | undefined {
    return this.#own?.priority;
  }

  /** MIME type of `bytes`; JSON text when absent. */
  get contentType(): string | undefined {
    return this.#own?.contentType ?? this.#frame.contentType;
  }

  /** The payload as published. Never overwritten, but may keep the whole chunk alive: copy it to keep it for long. */
  get bytes(): Uint8Array {
    // Made when it is asked for: a view costs more than all else of a push.
    return this.#frame.bytes(this.#start, this.#end);
  }

  /** Bytes of the payload. */
  get byteLength(): number {
    return this.#end - this.#start;
  }

  /** The payload as a JSON value, parsed when it is first asked for; `bytes` itself when it is not JSON. */
  get value(): unknown {
    if (!this.#parsed) {
      const isJson = this.contentType === undefined;
      this.#value = isJson ? JSON.parse(this.#frame.text(this.#start, this.#end)) : this.bytes;
      this.#parsed = true;
    }
    return this.#value;
  }
}
