import type { BrokerFrameDecoder, ClientFrameEncoder } from '@pochta/protocol';

/** What a connection speaks: an encoder for all connections, a decoder for each. */
export interface ClientCodec {
  readonly encoder: ClientFrameEncoder;
  /** The first bytes on each connection, if the codec has any; they tell the broker which codec it is. */
  readonly preface?: Uint8Array;
  /** A fresh decoder, for a client whose own frames have at most `maxFrameBytes`. */
  createDecoder(maxFrameBytes: number): BrokerFrameDecoder;
}
