import type { Duplex } from 'node:stream';

/** What a connection uses of its socket: one of TCP, or an end of a pair in this process. */
export interface PeerSocket extends Duplex {
  /** Those in `writableLength` are among them. */
  readonly bytesWritten: number;
}
