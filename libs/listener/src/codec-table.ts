import type { FrameDecoder, FrameEncoder, NaiveEncoder, WireLimits } from '@pochta/protocol';

/** One codec: a decoder for each connection, an encoder for all. */
export interface Codec {
  readonly encoder: FrameEncoder;
  newDecoder(limits: WireLimits): FrameDecoder;
  /** What the broker says first on each connection, if the codec has such a thing. */
  newPreface?(limits: WireLimits): Uint8Array;
}

/** The codecs a listener speaks, by what a connection's first bytes say. */
export interface CodecTable {
  /** Also what a peer is told errors in when its codec is not known. */
  readonly 'json-lines': Codec;
  readonly binary?: Codec;
  /** Encoders of the two forms for naive clients; their requests are JSON lines. */
  readonly simple: NaiveEncoder;
  readonly shorthand: NaiveEncoder;
}
