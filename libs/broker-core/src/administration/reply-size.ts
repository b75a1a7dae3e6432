import { DEFAULT_LIMITS } from '@pochta/protocol';

/**
 * Bytes of JSON text that a page may have: with what a frame has around it, it stays below 1 MiB, which every peer
 * takes.
 */
export const MAX_PAGE_BYTES = DEFAULT_LIMITS.maxFrameBytes - 16 * 1024;

/** Entries of a list, as many as fit into `MAX_PAGE_BYTES`, but at least one where there is one. */
export function fitting<T>(entries: readonly T[]): readonly T[] {
  let bytes = 0;
  const tooMuch = entries.findIndex((entry, index) => {
    bytes += Buffer.byteLength(JSON.stringify(entry)) + 1;
    return bytes > MAX_PAGE_BYTES && index > 0;
  });
  return tooMuch === -1 ? entries : entries.slice(0, tooMuch);
}
