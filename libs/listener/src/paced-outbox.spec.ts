import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { eventually } from '@pochta/testing';
import { PacedOutbox } from './paced-outbox';

/** Two ends of a TCP connection, and when the broker's end was written to. */
interface Pair {
  readonly ours: Socket;
  readonly theirs: Socket;
  readonly writes: number[];
  readonly read: string[];
}

describe('PacedOutbox', () => {
  let server: Server;
  let pair: Pair;
  beforeEach(async () => {
    server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const theirs = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const ours = await accepted;
    const writes: number[] = [];
    const read: string[] = [];
    const write: (chunk: Uint8Array) => boolean = ours.write.bind(ours);
    ours.write = (chunk: unknown): boolean => {
      writes.push(performance.now());
      return write(chunk as Uint8Array);
    };
    theirs.on('data', (chunk) => read.push(chunk.toString('latin1')));
    pair = { ours, theirs, writes, read };
  });
  afterEach(async () => {
    pair.ours.destroy();
    pair.theirs.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  const leastApart = (): number => Math.min(...pair.writes.slice(1).map((at, i) => at - pair.writes[i]));

  it('writes one frame at a time, in the order of the calls, at least 10 ms apart', async () => {
    const outbox = new PacedOutbox(pair.ours, () => undefined);
    const frames = Array.from({ length: 20 }, (_, i) => `frame ${i}`);
    frames.forEach((frame, i) =>
      i % 2 === 0 ? outbox.push(Buffer.from(frame)) : outbox.answer(Buffer.from(frame)),
    );
    await eventually(() => pair.read.join('').length === frames.join('').length);
    expect(pair.read).toEqual(frames);
    expect(pair.writes).toHaveLength(20);
    expect(leastApart()).toBeGreaterThanOrEqual(10);
    expect(outbox.backlog).toBe(0);
  });

  it('keeps its distance also from what was written before, and after a pause', async () => {
    pair.ours.write(Buffer.from('earlier'));
    const outbox = new PacedOutbox(pair.ours, () => undefined, performance.now());
    outbox.push(Buffer.from('1'));
    await eventually(() => pair.writes.length === 2);
    outbox.push(Buffer.from('2'));
    await eventually(() => pair.writes.length === 3);
    expect(leastApart()).toBeGreaterThanOrEqual(10);
  });

  it('has room for pushes until a few frames wait, and says when there is room again', async () => {
    let told = 0;
    const outbox = new PacedOutbox(pair.ours, () => told++);
    let pushed = 0;
    for (; outbox.writable; pushed++) outbox.push(Buffer.from('x'));
    expect(pushed).toBe(8);
    await eventually(() => outbox.writable);
    expect(told).toBeGreaterThan(0);
  });

  it('ends after its last frame, and forgets its frames when it is discarded', async () => {
    const outbox = new PacedOutbox(pair.ours, () => undefined);
    outbox.push(Buffer.from('a'));
    outbox.push(Buffer.from('b'));
    outbox.end();
    await new Promise((resolve) => pair.theirs.once('end', resolve));
    expect(pair.read).toEqual(['a', 'b']);
    const other = new PacedOutbox(pair.ours, () => undefined);
    other.push(Buffer.from('c'));
    other.discard();
    expect(other.backlog).toBe(0);
  });
});
