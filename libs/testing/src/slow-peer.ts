import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { atCleanup } from './cleanup';
import type { Address } from './fake-peer';

/** A peer that does not read, or only as much as it is told to. */
export class SlowPeer<S extends Duplex = Socket> {
  readonly closed: Promise<void>;

  private constructor(readonly socket: S) {
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
  }

  /** Connects, sends the frames as JSON lines, and reads nothing. */
  static async connect({ host = '127.0.0.1', port }: Address, ...frames: unknown[]): Promise<SlowPeer> {
    const socket = connect({ host, port, noDelay: true });
    socket.pause();
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const peer = new SlowPeer(socket);
    peer.#begin(frames);
    return peer;
  }

  /** As `connect`, with the other end of a connection. */
  static over(socket: Duplex, ...frames: unknown[]): SlowPeer<Duplex> {
    socket.pause();
    const peer = new SlowPeer(socket);
    peer.#begin(frames);
    return peer;
  }

  send(...frames: unknown[]): void {
    if (frames.length > 0) this.socket.write(frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''));
  }

  /** Reads at least `bytes` bytes, and stops reading again. The bytes may be more, by what one read gives. */
  async read(bytes: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    await new Promise<void>((resolve, reject) => {
      const onData = (chunk: Buffer): void => {
        chunks.push(chunk);
        length += chunk.length;
        if (length >= bytes) stop(resolve);
      };
      const onClose = (): void =>
        stop(() => reject(new Error(`connection ended after ${length} of ${bytes} bytes`)));
      const stop = (then: () => void): void => {
        this.socket.off('data', onData).off('close', onClose).pause();
        then();
      };
      this.socket.on('data', onData).on('close', onClose).resume();
    });
    return Buffer.concat(chunks);
  }

  /** Cuts the connection. */
  async destroy(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  #begin(frames: unknown[]): void {
    atCleanup(() => this.socket.destroy());
    this.send(...frames);
  }
}
