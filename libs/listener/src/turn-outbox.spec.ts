import { Duplex } from 'node:stream';
import { eventually } from '@pochta/testing';
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
  const lengths = (): number[] => writes.map((text) => text.length);

  it('writes answers, and then pushes, once a turn', async () => {
    outbox.push(Buffer.from('push '));
    outbox.answer(Buffer.from('answer '));
    expect(writes).toEqual([]);
    await eventually(() => writes.length > 0);
    expect(writes).toEqual(['answer push ']);
  });

  it('writes what is waited for while the turn goes on, in trains that double', async () => {
    hasten(100);
    expect(lengths()).toEqual([16, 32]);
    await eventually(() => writes.length === 3);
    expect(lengths()).toEqual([16, 32, 52]);
    hasten(16);
    expect(lengths()).toEqual([16, 32, 52, 16]);
  });

  it('writes few of them at the end of the turn', async () => {
    hasten(15);
    expect(writes).toEqual([]);
    await eventually(() => writes.length === 1);
    hasten(15);
    expect(lengths()).toEqual([15]);
    await eventually(() => writes.length === 2);
  });

  it('keeps a push behind an answer that comes later in the turn, whatever is hastened meanwhile', async () => {
    outbox.push(Buffer.from('push '));
    hasten(20);
    outbox.answer(Buffer.from('confirm '));
    expect(writes).toEqual([]);
    await eventually(() => writes.length === 1);
    expect(writes[0]).toBe(`confirm push ${'r'.repeat(20)}`);
    hasten(16);
    expect(lengths()).toEqual([33, 16]);
  });
});
