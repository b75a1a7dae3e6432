import type { BrokerFrameDecoder, ClientFrameEncoder, Compression } from '@pochta/protocol';

/** The codecs that a client speaks. */
export type CodecName = 'json-lines' | 'binary';

/** What a connection speaks: an encoder for all connections, a decoder for each. */
export interface ClientCodec {
  readonly encoder: ClientFrameEncoder;
  /** The first bytes on each connection, if the codec has any; they tell the broker which codec it is. */
  readonly preface?: Uint8Array;
  /** Bytes that a payload takes in a frame. */
  wireLength(length: number, contentType: string | undefined): number;
  /** A fresh decoder, for a client whose own frames have at most `maxFrameBytes`. */
  createDecoder(maxFrameBytes: number): BrokerFrameDecoder;
  /** The same frames in fewer bytes, where that is worth it, by what the broker has agreed to; if the codec can. */
  compress?(frames: Uint8Array, agreed: Compression): Uint8Array;
}
