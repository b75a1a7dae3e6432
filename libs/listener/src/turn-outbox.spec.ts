import type { Encoding } from '@pochta/broker-core';
import { MessageBatch, PayloadMemory } from '@pochta/protocol';
import { eventually } from '@pochta/testing';
import { Duplex } from 'node:stream';
import { FlushTurn } from './flush-turn';
import { TurnOutbox } from './turn-outbox';

describe('TurnOutbox', () => {
  let writes: string[];
  let outbox: TurnOutbox;

  beforeEach(() => {
    writes = [];
    const socket = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        writes.push(chunk.toString());
        done();
      },
    });
    outbox = new TurnOutbox(Object.assign(socket, { bytesWritten: 0 }), new FlushTurn(), () => undefined);
  });

  const hasten = (count: number): void => {
    for (let n = 0; n < count; n++) outbox.hasten(Buffer.from('r'));
  };
  /** What was to be done behind the present callback is done; the turn goes on. */
  const ticked = () => new Promise<void>((resolve) => process.nextTick(resolve));
  const lengths = (): number[] => writes.map((text) => text.length);

  it('writes answers, and then pushes, once a turn', async () => {
    outbox.push(Buffer.from('push '));
    outbox.answer(Buffer.from('answer '));
    expect(writes).toEqual([]);
    await eventually(() => writes.length > 0);
    expect(writes).toEqual(['answer push ']);
  });

  it('writes what is waited for while the turn goes on, in trains that double', async () => {
    hasten(200);
    expect(lengths()).toEqual([32, 64]);
    await eventually(() => writes.length === 3);
    expect(lengths()).toEqual([32, 64, 104]);
    hasten(32);
    expect(lengths()).toEqual([32, 64, 104, 32]);
  });

  it('writes few of them at the end of the turn', async () => {
    hasten(31);
    expect(writes).toEqual([]);
    await eventually(() => writes.length === 1);
    hasten(31);
    expect(lengths()).toEqual([31]);
    await eventually(() => writes.length === 2);
  });

  it('writes the first of them with what the same chunk brings, and what comes behind it at the end of the turn', async () => {
    let turns = 0;
    setImmediate(() => turns++);
    hasten(3);
    await ticked();
    expect(lengths()).toEqual([3]);
    hasten(1);
    hasten(1);
    await ticked();
    expect([lengths(), turns]).toEqual([[3], 0]);
    await eventually(() => writes.length === 2);
    expect(lengths()).toEqual([3, 2]);
    hasten(1);
    await ticked();
    expect(lengths()).toEqual([3, 2, 1]);
  });

  it('writes none of them early once a push waits that must not overtake its confirm', async () => {
    hasten(1);
    outbox.push(Buffer.from(' push'));
    await ticked();
    expect(writes).toEqual([]);
    outbox.answer(Buffer.from('confirm '));
    await eventually(() => writes.length === 1);
    expect(writes).toEqual(['confirm r push']);
  });

  it('writes nothing any more when it was discarded meanwhile', async () => {
    hasten(1);
    outbox.discard();
    await ticked();
    await new Promise(setImmediate);
    expect(writes).toEqual([]);
  });

  it('keeps a push behind an answer that comes later in the turn, whatever is hastened meanwhile', async () => {
    outbox.push(Buffer.from('push '));
    hasten(40);
    outbox.answer(Buffer.from('confirm '));
    expect(writes).toEqual([]);
    await eventually(() => writes.length === 1);
    expect(writes[0]).toBe(`confirm push ${'r'.repeat(40)}`);
    hasten(32);
    expect(lengths()).toEqual([53, 32]);
  });

  describe('holds the memory of what it is given', () => {
    const SIZE = 20_000;
    let memory: PayloadMemory;
    let done: ((error?: Error) => void)[];
    let socket: Duplex;

    beforeEach(() => {
      memory = new PayloadMemory({ poison: true });
      done = [];
      socket = new Duplex({
        read: () => undefined,
        highWaterMark: 1 << 20,
        writev: (chunks, written) => {
          writes.push(...chunks.map(({ chunk }: { chunk: Buffer }) => chunk.toString('latin1', 0, 4)));
          done.push(written);
        },
      });
      socket.on('error', () => undefined);
      outbox = new TurnOutbox(Object.assign(socket, { bytesWritten: 0 }), new FlushTurn(), () => undefined);
    });

    /** Of payloads that nobody but the outbox holds any more. */
    const encodingOf = (size: number): Encoding => {
      const { lease, lentBytes } = MessageBatch.of(Buffer.alloc(size, 'x')).copied(memory);
      lease!.own();
      outbox.pushAll({ pieces: [Buffer.from('head'), lentBytes], lease });
      lease!.release();
      return { pieces: [lentBytes], lease };
    };

    it('until the socket has sent it', async () => {
      const { pieces } = encodingOf(SIZE);
      await eventually(() => done.length === 1);
      expect(writes).toEqual(['head', 'xxxx']);
      expect(memory.free).toBe(0);
      expect(pieces[0][0]).toBe(0x78);
      done[0]();
      await eventually(() => memory.free > 0);
    });

    it('no longer than until it has copied what is small', async () => {
      encodingOf(5000);
      await eventually(() => done.length === 1);
      expect(memory.free).toBe(8192);
    });

    it('for ever, when the socket fails or closes before', async () => {
      const [failed, never] = [encodingOf(SIZE), encodingOf(SIZE)];
      await eventually(() => done.length === 1);
      done[0](new Error('reset'));
      await eventually(() => socket.destroyed);
      encodingOf(SIZE);
      outbox.flush();
      outbox.discard();
      await new Promise(setImmediate);
      expect(memory.free).toBe(0);
      for (const { pieces } of [failed, never]) expect(pieces[0][0]).toBe(0x78);
    });
  });
});
