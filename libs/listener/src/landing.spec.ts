import { cleanUp, eventually, FakePeer } from '@pochta/testing';
import { createServer, Socket, type AddressInfo, type Server } from 'node:net';
import { PassThrough } from 'node:stream';
import { readChunks } from './landing';
import type { PeerSocket } from './peer-socket';

describe('the chunks of a socket', () => {
  let server: Server;
  let sockets: Socket[];
  let heard: string[];
  let chunks: Buffer[];
  let onChunk: (socket: Socket) => void;

  beforeEach(async () => {
    // Of this test only: sockets of the one before may still close.
    const said: string[] = [];
    [sockets, heard, chunks, onChunk] = [[], said, [], () => undefined];
    server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('end', () => said.push('end'));
      socket.on('close', () => said.push('close'));
      readChunks(socket, (chunk) => {
        chunks.push(chunk);
        said.push(chunk.toString());
        onChunk(socket);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    await cleanUp();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  const connect = (): Promise<FakePeer> => FakePeer.connect(server.address() as AddressInfo);

  it('come in their order, and land in the same place, whichever connection they are of', async () => {
    const peers = [await connect(), await connect()];
    for (let n = 0; n < 6; n++) {
      peers[n % 2].sendBytes(`${n}`);
      await eventually(() => heard.length === n + 1);
    }
    expect(heard).toEqual(['0', '1', '2', '3', '4', '5']);
    // Where this fails, a Node has other names for its `onread` than those that are known: all works, but more slowly.
    expect(new Set(chunks.map(({ buffer }) => buffer)).size).toBe(process.platform === 'win32' ? 6 : 1);
  });

  it('bring all of what is longer than one of them', async () => {
    const text = Array.from({ length: 50_000 }, (_, n) => `${n} `).join('');
    (await connect()).sendBytes(text);
    await eventually(() => heard.join('').length === text.length);
    expect(heard.join('')).toBe(text);
  });

  it('stop at once when it pauses, also while it hears one, and go on when it resumes', async () => {
    onChunk = (socket) => socket.pause();
    const peer = await connect();
    peer.sendBytes('a');
    await eventually(() => heard.length === 1);
    peer.sendBytes('b');
    const other = await connect();
    other.sendBytes('c');
    await eventually(() => heard.length === 2);
    expect(heard).toEqual(['a', 'c']);
    sockets[0].resume();
    await eventually(() => heard.length === 3);
    expect(heard).toEqual(['a', 'c', 'b']);
  });

  it('are followed by the end, and the other half stays open', async () => {
    const peer = await connect();
    peer.sendBytes('last');
    peer.halfClose();
    await eventually(() => heard.includes('end'));
    sockets[0].end('answer');
    await peer.closed;
    await eventually(() => heard.includes('close'));
    expect(heard).toEqual(['last', 'end', 'close']);
    expect(peer.chunks.map(({ text }) => text)).toEqual(['answer']);
  });

  it('are followed by the end only once it resumes', async () => {
    onChunk = (socket) => socket.pause();
    const peer = await connect();
    peer.sendBytes('last');
    await eventually(() => heard.length === 1);
    peer.halfClose();
    const other = await connect();
    other.sendBytes('other');
    await eventually(() => heard.length === 2);
    sockets[0].resume();
    await eventually(() => heard.includes('end'));
    expect(heard).toEqual(['last', 'other', 'end']);
  });

  it('are the last ones when it is destroyed while it hears one', async () => {
    onChunk = (socket) => socket.destroy();
    const peer = await connect();
    peer.sendBytes('x'.repeat(1_000_000));
    await peer.closed;
    await eventually(() => heard.includes('close'));
    expect(heard.length).toBe(2);
  });

  it('come in buffers of their own from what is no socket, or has nothing to land with', async () => {
    const through = Object.assign(new PassThrough(), { bytesWritten: 0 });
    for (const socket of [through, new Socket()] satisfies PeerSocket[]) {
      const own: Buffer[] = [];
      readChunks(socket, (chunk) => own.push(chunk));
      for (const text of ['a', 'b']) socket.push(Buffer.from(text));
      await eventually(() => own.length === 2);
      expect(own.map(String)).toEqual(['a', 'b']);
      socket.destroy();
    }
  });
});
