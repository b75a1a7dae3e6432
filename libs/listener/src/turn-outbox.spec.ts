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
});
