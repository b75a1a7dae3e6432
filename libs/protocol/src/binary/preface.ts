import type { Compression } from './compression';
import { BINARY_VERSION } from './layout';

/** 0xD0, which no UTF-8 text of ASCII begins with, and the name. */
export const MAGIC = Buffer.from([0xd0, 0x50, 0x4f, 0x43, 0x48, 0x54, 0x41]);
const CAPABILITIES = MAGIC.length + 1;
export const CLIENT_PREFACE_BYTES = CAPABILITIES + 4;
export const BROKER_PREFACE_BYTES = CLIENT_PREFACE_BYTES + 4;

/**
 *     client:  magic[7]  u8 version  u32 capabilities
 *     broker:  magic[7]  u8 version  u32 capabilities  u32 maxFrameBytes
 *
 * A client offers what it can, and the broker answers with what holds from then on: one compression at most.
 */
export function clientPreface(offered: readonly Compression[] = []): Buffer {
  const preface = Buffer.alloc(CLIENT_PREFACE_BYTES);
  MAGIC.copy(preface);
  preface[MAGIC.length] = BINARY_VERSION;
  preface.writeUInt32LE(capabilitiesOf(offered), CAPABILITIES);
  return preface;
}

export function brokerPreface(maxFrameBytes: number, agreed?: Compression): Buffer {
  const preface = Buffer.alloc(BROKER_PREFACE_BYTES);
  MAGIC.copy(preface);
  preface[MAGIC.length] = BINARY_VERSION;
  preface.writeUInt32LE(agreed?.capability ?? 0, CAPABILITIES);
  preface.writeUInt32LE(Math.min(maxFrameBytes, 0xffff_ffff), CLIENT_PREFACE_BYTES);
  return preface;
}

/** The first of `taken` that a client offers in its preface, which is whole. */
export function agreedCompression(
  preface: Uint8Array,
  taken: readonly Compression[],
): Compression | undefined {
  const offered = new DataView(preface.buffer, preface.byteOffset).getUint32(CAPABILITIES, true);
  return taken.find(({ capability }) => (offered & capability) !== 0);
}

function capabilitiesOf(compressions: readonly Compression[]): number {
  return compressions.reduce((bits, { capability }) => bits | capability, 0);
}

/** Whether the bytes are the magic, or the beginning of it. */
export function beginsAsBinary(start: Uint8Array): boolean {
  const length = Math.min(start.length, MAGIC.length);
  return MAGIC.subarray(0, length).equals(start.subarray(0, length));
}

/**
 * Takes the preface from the beginning of a stream, however it is cut. The bytes of it that came are kept: there are
 * few of them, once on a connection.
 */
export class PrefaceReader {
  #start: Buffer = Buffer.alloc(0);

  constructor(private readonly size: number) {}

  get pendingBytes(): number {
    return this.#start.length;
  }

  /** Where in the chunk the preface ends; -1 when there is more of it to come. */
  take(chunk: Buffer): number {
    const missing = this.size - this.#start.length;
    this.#start = Buffer.concat([this.#start, chunk.subarray(0, missing)]);
    return chunk.length < missing ? -1 : missing;
  }

  /** Whether what has come may be the beginning of a preface. */
  get plausible(): boolean {
    return beginsAsBinary(this.#start);
  }

  get version(): number {
    return this.#start[MAGIC.length];
  }

  get capabilities(): number {
    return this.#start.readUInt32LE(CAPABILITIES);
  }

  /** All that has come of it. */
  get bytes(): Buffer {
    return this.#start;
  }
}
