import type { Duplex } from 'node:stream';
import { InMemorySocket } from './in-memory-socket';

const MIB = 1024 * 1024;
const ends = (): [InMemorySocket, InMemorySocket] => InMemorySocket.pair({ allowHalfOpen: true });
const event = (socket: Duplex, name: string): Promise<unknown> =>
  new Promise((resolve) => socket.once(name, resolve));
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
};
/** All that comes until the other end has ended. */
async function all(socket: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('a pair of sockets in memory', () => {
  it('carries what is written, both ways and in order, in pieces of 64 KiB at most', async () => {
    const [a, b] = ends();
    const big = Buffer.alloc(MIB, 'abcdefg');
    const pieces: Buffer[] = [];
    b.on('data', (chunk: Buffer) => pieces.push(chunk));
    const [ended, fromB] = [event(b, 'end'), all(a)];
    a.cork();
    a.write('one ');
    a.write(Buffer.alloc(0));
    a.write('two ');
    a.uncork();
    a.write('');
    a.end(big);
    b.end('hello');
    await ended;
    expect(Buffer.concat(pieces).equals(Buffer.concat([Buffer.from('one two '), big]))).toBe(true);
    expect(Math.max(...pieces.map(({ length }) => length))).toBe(64 * 1024);
    expect((await fromB).toString()).toBe('hello');
    expect(a.bytesWritten).toBe(8 + MIB);
  });

  it('closes both ends once both have ended, also when they are waited for in turn', async () => {
    const [a, b] = ends();
    const closed = Promise.all([event(a, 'close'), event(b, 'close')]);
    a.resume();
    b.on('end', () => b.end('last words')).resume();
    a.end();
    await closed;
    expect(a.destroyed && b.destroyed).toBe(true);
  });

  it('an end that may not be half-open ends when the other does', async () => {
    const [a, b] = ends();
    a.resume().end();
    b.resume();
    await Promise.all([event(a, 'close'), event(b, 'close')]);
    expect([a.errored, b.errored]).toEqual([null, null]);
  });

  it('takes no more than its two buffers from one that writes to an end that does not read', async () => {
    const [a, b] = ends();
    let written = 0;
    while (a.write(Buffer.alloc(16 * 1024))) written += 16 * 1024;
    await turns();
    const stalled = a.writableLength;
    expect(stalled + b.readableLength).toBeGreaterThanOrEqual(written);
    expect(b.readableLength).toBeLessThanOrEqual(2 * 64 * 1024);
    a.write(Buffer.alloc(MIB));
    await turns();
    expect(b.readableLength).toBeLessThanOrEqual(2 * 64 * 1024);
    expect(a.writableLength).toBeGreaterThan(MIB / 2);
    const drained = event(a, 'drain');
    b.resume();
    await drained;
    expect(a.writableLength).toBe(0);
    expect(a.bytesWritten).toBe(written + 16 * 1024 + MIB);
  });

  it('copies bytes: the writer may use its buffer again, and the reader may write into what it got', async () => {
    const [a, b] = ends();
    const buffer = Buffer.from('first');
    const got = new Promise<Buffer>((resolve) => b.once('data', resolve));
    await new Promise<void>((resolve) => a.write(buffer, () => resolve()));
    buffer.fill('x');
    expect((await got).toString()).toBe('first');
    (await got).fill('y');
    expect(buffer.toString()).toBe('xxxxx');
  });

  it('runs each side in a call stack of its own', () => {
    const [a, b] = ends();
    let heard = false;
    b.on('data', () => (heard = true));
    a.write('x');
    expect(heard).toBe(false);
  });

  it('an end that is destroyed gives the other its last write and the end', async () => {
    const [a, b] = ends();
    const said = all(b);
    a.write(Buffer.alloc(200_000));
    a.destroy();
    expect((await said).length).toBe(200_000);
  });

  it('an end that is destroyed fails what the other has written and writes', async () => {
    for (const before of [true, false]) {
      const [a, b] = ends();
      const failed = event(b, 'error');
      if (before) b.write(Buffer.alloc(MIB));
      await turns();
      a.destroy();
      await turns();
      if (!before) b.write('x');
      expect(await failed).toMatchObject({ code: 'EPIPE' });
      expect(b.destroyed).toBe(true);
    }
  });

  it('tells of an error only at the end that was destroyed with it', async () => {
    const [a, b] = ends();
    const failed = event(a, 'error');
    const ended = event(b.resume(), 'close');
    a.destroy(new Error('mine'));
    expect(await failed).toMatchObject({ message: 'mine' });
    await ended;
    expect(b.errored).toBeNull();
  });
});
