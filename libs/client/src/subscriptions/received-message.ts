/** A message as a subscription receives it. Most members are getters: a copy has to name them, as a spread leaves them out. */
export interface ReceivedMessage<T = unknown> {
  readonly topic: string;
  /** The payload, parsed at the first reading; `bytes` itself when it was published as something else than JSON. */
  readonly value: T;
  /** The payload as it came. May keep the chunk it arrived in alive: copy it to keep it for long. */
  readonly bytes: Uint8Array;
  /** MIME type of the payload; `undefined` for JSON. */
  readonly contentType: string | undefined;
  /** The message's number in its topic. */
  readonly sequence: number;
  /** When the message was stored, in ms since the epoch, by the broker's clock. */
  readonly timestamp: number;
  /** Changes when sequences of the topic no longer mean what they did. */
  readonly epoch: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly key: string | undefined;
  /** 1 to 9, the highest; `undefined` for 0. */
  readonly priority: number | undefined;
}
