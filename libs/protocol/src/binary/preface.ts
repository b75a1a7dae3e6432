import { BINARY_VERSION } from './layout';

/** 0xD0, which no UTF-8 text of ASCII begins with, and the name. */
export const MAGIC = Buffer.from([0xd0, 0x50, 0x4f, 0x43, 0x48, 0x54, 0x41]);
export const CLIENT_PREFACE_BYTES = MAGIC.length + 1 + 4;
export const BROKER_PREFACE_BYTES = CLIENT_PREFACE_BYTES + 4;

/**
 *     client:  magic[7]  u8 version  u32 capabilities
 *     broker:  magic[7]  u8 version  u32 capabilities  u32 maxFrameBytes
 *
 * No capability is known yet: a client offers what it can, and the broker answers with those that hold from then on.
 */
export function clientPreface(): Buffer {
  const preface = Buffer.alloc(CLIENT_PREFACE_BYTES);
  MAGIC.copy(preface);
  preface[MAGIC.length] = BINARY_VERSION;
  return preface;
}

export function brokerPreface(maxFrameBytes: number): Buffer {
  const preface = Buffer.alloc(BROKER_PREFACE_BYTES);
  MAGIC.copy(preface);
  preface[MAGIC.length] = BINARY_VERSION;
  preface.writeUInt32LE(Math.min(maxFrameBytes, 0xffff_ffff), CLIENT_PREFACE_BYTES);
  return preface;
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

  /** The capabilities, and, from the broker, its largest frame. */
  get bytes(): Buffer {
    return this.#start;
  }
}
