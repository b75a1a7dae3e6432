import type { FrameDecoder, FrameEncoder, NaiveEncoder, PayloadMemory, WireLimits } from '@pochta/protocol';

/** What one connection speaks. */
export interface Speech {
  /** Shared by all connections that speak alike. */
  readonly encoder: FrameEncoder;
  readonly decoder: FrameDecoder;
  /** What the broker says first, if the codec has such a thing. */
  readonly preface?: Uint8Array;
}

/** One codec. */
export interface Codec {
  readonly encoder: FrameEncoder;
  /** For a new connection; `start`: its first bytes, by which the codec was chosen; `memory`: for what it publishes. */
  open(start: Uint8Array, limits: WireLimits, memory: PayloadMemory): Speech;
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
