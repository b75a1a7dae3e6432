import type { PeerSocket } from './peer-socket';

/** Whether a peer that has half-closed, and so says nothing any more, still takes what it is sent. */
export class Uptake {
  /** Bytes that the peer had taken when that was last looked at. */
  #taken = -1;
  /** When it last took some, or had taken all, as of `performance.now()`. */
  #at = 0;

  constructor(private readonly socket: PeerSocket) {}

  /** ms since it last took some of what it is sent; 0 when nothing is left to take. Looks at it; `unread`: bytes. */
  standstill(now: number, unread: number): number {
    const { bytesWritten, writableLength } = this.socket;
    const taken = bytesWritten - writableLength;
    if (unread === 0 || taken !== this.#taken) {
      this.#taken = taken;
      this.#at = now;
    }
    return now - this.#at;
  }
}
