import type { Duplex } from 'node:stream';
import { BinaryBridge } from './binary-bridge';
import { FakePeer, type Address } from './fake-peer';

/** A peer that says and hears JSON lines in the test, and another codec on the wire. */
export type CodecPeer = FakePeer<Duplex>;

/** How to connect a peer in each codec, for `describe.each`. */
export const CODEC_PEERS: readonly [codec: string, connect: (address: Address) => Promise<CodecPeer>][] = [
  ['JSON lines', (address) => FakePeer.connect(address)],
  ['binary frames', binaryPeer],
];

/** A peer that is heard in binary frames. Each line that it sends must have its newline. */
export async function binaryPeer(address: Address): Promise<CodecPeer> {
  const { socket } = await FakePeer.connect(address);
  socket.removeAllListeners('data');
  return FakePeer.over(new BinaryBridge(socket));
}
