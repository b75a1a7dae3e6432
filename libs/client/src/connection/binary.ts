import { BinaryBrokerFrameDecoder, BinaryClientFrameEncoder, clientPreface } from '@pochta/protocol';
import type { ClientCodec } from './codec';

/** Bytes that a push may have beside what was published. */
const PUSH_ENVELOPE_BYTES = 64 * 1024;

/** Binary frames: many messages in one frame, and payloads that are bytes as they are. `maxFrameBytes`: of those sent. */
export function binaryFrames(maxFrameBytes: number): ClientCodec {
  return {
    encoder: new BinaryClientFrameEncoder({ maxFrameBytes }),
    preface: clientPreface(),
    wireLength: (length) => length,
    // As in JSON lines: what is published to others in those may be larger than what this client sends.
    createDecoder: (ownBytes) =>
      new BinaryBrokerFrameDecoder({ maxFrameBytes: 2 * ownBytes + PUSH_ENVELOPE_BYTES }),
  };
}
