import { ByteWriter } from './byte-writer';
import type { Compression } from './compression';
import { COMPRESSED, MAX_PIECE } from './layout';

/** Bytes below which frames travel as they are: what is saved is less than a packet, and the time is not. */
const WORTH_FROM = 1024;
/** Bytes above which frames travel as they are: to compress more in one go, some 15 ms, would hold everybody up. */
const WORTH_TO = 4 * 1024 * 1024;

/** Bytes of a compressed frame beside what is compressed, at most. */
const HEAD = 8;

/**
 *     u8 COMPRESSED  varint length  compressed
 *
 * The frames, compressed in pieces of at most `maxPiece` bytes; as they are when the first piece does not get smaller.
 */
export function compressFrames(
  frames: Uint8Array,
  compression: Compression,
  maxPiece: number = MAX_PIECE,
): Uint8Array {
  const { length } = frames;
  if (length < WORTH_FROM || length > WORTH_TO) return frames;
  let writer: ByteWriter | undefined;
  for (let at = 0; at < length; at += maxPiece) {
    const piece = frames.subarray(at, at + maxPiece);
    const compressed = compression.compress(piece);
    if (writer === undefined) {
      if (compressed.length + HEAD >= piece.length) return frames;
      // Of the frames that a batch makes, one piece is much like the others.
      writer = new ByteWriter(Math.ceil(length / piece.length) * (compressed.length + HEAD));
    }
    writer.begin(COMPRESSED);
    writer.varint(piece.length);
    writer.bytes(compressed);
    writer.end();
  }
  return writer!.build();
}
