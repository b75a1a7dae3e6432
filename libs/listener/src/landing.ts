import { Socket } from 'node:net';
import type { PeerSocket } from './peer-socket';

/** What one read takes at most; Node's own reads are as long. */
const LANDING_BYTES = 64 * 1024;

/** What Node's `onread` option makes of a socket, which the sockets of a server cannot be given: its own names for it. */
interface OwnNames {
  readonly kBuffer: symbol;
  readonly kBufferGen: symbol;
  readonly kBufferCb: symbol;
}

/** A socket with them, and its handle. */
interface Receiving {
  readonly _handle?: { useUserBuffer?(buffer: Uint8Array): void };
  [name: symbol]: unknown;
}

/**
 * Every read of every socket goes here, one after the other, since what a read has brought is worked through before the
 * next one. Otherwise Node makes a buffer of 64 KiB for each, and to collect these costs more than to read.
 */
let landing: Buffer | undefined;

/**
 * Has the socket read, and hands over each chunk, which is overwritten with the next one. A socket of this process, and a
 * Node that does not know these names (20 to 24 do), hands over buffers of its own.
 */
export function readChunks(socket: PeerSocket, take: (chunk: Buffer) => void): void {
  if (!land(socket, take)) socket.on('data', take);
  socket.resume();
}

function land(socket: PeerSocket, take: (chunk: Buffer) => void): boolean {
  // Elsewhere a read may be under way while others are worked through.
  if (!(socket instanceof Socket) || process.platform === 'win32') return false;
  const names = ownNames(socket);
  const receiving = socket as unknown as Receiving;
  const handle = receiving._handle;
  if (names === undefined || typeof handle?.useUserBuffer !== 'function') return false;
  const buffer = (landing ??= Buffer.allocUnsafeSlow(LANDING_BYTES));
  receiving[names.kBuffer] = buffer;
  receiving[names.kBufferGen] = null;
  receiving[names.kBufferCb] = (length: number): boolean => {
    take(buffer.subarray(0, length));
    return true;
  };
  handle.useUserBuffer(buffer);
  return true;
}

let known: OwnNames | undefined;

function ownNames(socket: Socket): OwnNames | undefined {
  if (known !== undefined) return known;
  const symbols = Object.getOwnPropertySymbols(socket);
  const named = (name: string): symbol | undefined => symbols.find(({ description }) => description === name);
  const [kBuffer, kBufferGen, kBufferCb] = [named('kBuffer'), named('kBufferGen'), named('kBufferCb')];
  if (kBuffer === undefined || kBufferGen === undefined || kBufferCb === undefined) return undefined;
  return (known = { kBuffer, kBufferGen, kBufferCb });
}
