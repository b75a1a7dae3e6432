import {
  BinaryBrokerFrameDecoder,
  BinaryClientFrameEncoder,
  clientPreface,
  compressFrames,
  MAX_PIECE,
  type Compression,
} from '@pochta/protocol';
import type { ClientCodec } from './codec';

/** Bytes that a push may have beside what was published. */
const PUSH_ENVELOPE_BYTES = 64 * 1024;

/**
 * Binary frames: many messages in one frame, and payloads that are bytes as they are. `maxFrameBytes`: of those sent;
 * `offered`: what the broker may agree that they are compressed with.
 */
export function binaryFrames(maxFrameBytes: number, offered?: Compression): ClientCodec {
  // What cannot be made smaller gets a little larger.
  const maxPiece = Math.min(MAX_PIECE, maxFrameBytes >> 1);
  return {
    encoder: new BinaryClientFrameEncoder({ maxFrameBytes }),
    preface: clientPreface(offered && [offered]),
    wireLength: (length) => length,
    // As in JSON lines: what is published to others in those may be larger than what this client sends.
    createDecoder: (ownBytes) =>
      new BinaryBrokerFrameDecoder({ maxFrameBytes: 2 * ownBytes + PUSH_ENVELOPE_BYTES }, offered),
    compress: (frames, agreed) => compressFrames(frames, agreed, maxPiece),
  };
}
