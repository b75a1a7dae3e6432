import * as zlib from 'node:zlib';
import { errorFor } from '../errors/error-classes';

/** Algorithms that binary frames may be compressed with. */
export type CompressionName = 'deflate' | 'brotli' | 'zstd';

/** One algorithm. Holds no state: each piece is compressed by itself, so that many peers can be sent the same bytes. */
export interface Compression {
  readonly name: CompressionName;
  /** Its bit in the preface. */
  readonly capability: number;
  compress(bytes: Uint8Array): Uint8Array;
  /** Makes exactly `length` bytes of all the bytes, or throws `INVALID_FRAME`; never makes more on the way. */
  expand(bytes: Uint8Array, length: number): Buffer;
}

/** What Node.js 22.15 and later have. */
interface Zstd {
  zstdCompressSync(bytes: Uint8Array, options: zlib.BrotliOptions): Buffer;
  zstdDecompressSync(bytes: Uint8Array, options: zlib.BrotliOptions): Buffer;
  readonly constants: { readonly ZSTD_c_windowLog: number; readonly ZSTD_d_windowLogMax: number };
}

/** What zlib's functions give with the option `info`. */
interface Expanded {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** A little more room than is needed: a chunk that is filled to its end would be followed by another. */
const SPARE_BYTES = 64;
/** As a power of two: no piece is longer than this window, and larger ones take megabytes to set up. */
const WINDOW = 16;
/** The largest window that one must be able to expand. */
const LARGEST_WINDOW = 23;

const { BROTLI_PARAM_LGWIN, BROTLI_PARAM_QUALITY } = zlib.constants;
// A peer can cause very many of them, and an error's stack is dear.
const NOT_SO = errorFor(
  'INVALID_FRAME',
  'a compressed frame must be of what was agreed, and of the length it says',
);
const inOneChunk = (bytes: Uint8Array) => ({ chunkSize: bytes.length + SPARE_BYTES });

/** `decompress`: one of zlib's functions. */
function expandBy(
  decompress: (bytes: Uint8Array, options: zlib.ZlibOptions) => Buffer,
): Compression['expand'] {
  return (bytes, length) => {
    const options = { info: true, maxOutputLength: length, chunkSize: length + SPARE_BYTES };
    let expanded: Expanded;
    try {
      expanded = decompress(bytes, options) as unknown as Expanded;
    } catch {
      // Whatever zlib has against the bytes, or that there would be more of them.
      throw NOT_SO;
    }
    const { buffer, engine } = expanded;
    if (buffer.length !== length || engine.bytesWritten !== bytes.length) throw NOT_SO;
    return buffer;
  };
}

const DEFLATE: Compression = {
  name: 'deflate',
  capability: 0x01,
  // The fastest level: higher ones make it a sixth smaller at best, in two to three times the time.
  compress: (bytes) => zlib.deflateRawSync(bytes, { ...inOneChunk(bytes), level: 1 }),
  expand: expandBy(zlib.inflateRawSync),
};

const BROTLI: Compression = {
  name: 'brotli',
  capability: 0x02,
  compress: (bytes) =>
    zlib.brotliCompressSync(bytes, {
      ...inOneChunk(bytes),
      params: { [BROTLI_PARAM_QUALITY]: 2, [BROTLI_PARAM_LGWIN]: WINDOW },
    }),
  expand: expandBy(zlib.brotliDecompressSync),
};

/** One or none. */
function zstdOf({ zstdCompressSync, zstdDecompressSync, constants }: Partial<Zstd>): Compression[] {
  if (!zstdCompressSync || !zstdDecompressSync || !constants) return [];
  const { ZSTD_c_windowLog, ZSTD_d_windowLogMax } = constants;
  const params = { [ZSTD_d_windowLogMax]: LARGEST_WINDOW };
  return [
    {
      name: 'zstd',
      capability: 0x04,
      compress: (bytes) =>
        zstdCompressSync(bytes, { ...inOneChunk(bytes), params: { [ZSTD_c_windowLog]: WINDOW } }),
      expand: expandBy((bytes, options) => zstdDecompressSync(bytes, { ...options, params })),
    },
  ];
}

/** What this Node.js can do, the one that is taken first when a peer offers several. */
export const COMPRESSIONS: readonly Compression[] = [
  ...zstdOf(zlib as unknown as Partial<Zstd>),
  DEFLATE,
  BROTLI,
];

/** Throws `INVALID_CONFIG` for one that is not known, or that this Node.js does not have. */
export function compressionNamed(name: string): Compression {
  const found = COMPRESSIONS.find((compression) => compression.name === name);
  if (found !== undefined) return found;
  const text =
    name === 'zstd'
      ? 'compression: this Node.js has no zstd, 22.15 and later have'
      : `compression must be one of none, ${COMPRESSIONS.map((known) => known.name).join(', ')}`;
  throw errorFor('INVALID_CONFIG', text, { field: 'compression' });
}
