import { JsonLinesBrokerFrameDecoder, JsonLinesClientFrameEncoder, wireLength } from '@pochta/protocol';
import type { ClientCodec } from './codec';

/** Bytes that a push may have beside its payload and headers. */
const PUSH_ENVELOPE_BYTES = 64 * 1024;

/** JSON lines: readable, and what every broker speaks. */
export const jsonLines: ClientCodec = {
  encoder: new JsonLinesClientFrameEncoder(),
  wireLength,
  // What was sent in one frame comes back in a larger one: opaque bytes as base64, and all that is told beside.
  createDecoder: (maxFrameBytes) =>
    new JsonLinesBrokerFrameDecoder({ maxFrameBytes: 2 * maxFrameBytes + PUSH_ENVELOPE_BYTES }),
};
