import { eventually } from '@pochta/testing';
import { FlushTurn } from './flush-turn';
import { TurnWork } from './turn-work';

describe('the work of one peer', () => {
  const takeMs = (ms: number): void => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };

  it('was done in one turn however long it took, and all other peers waited', async () => {
    const work: TurnWork = new TurnWork(
      new FlushTurn(),
      () => true,
      () => work.takeUp(),
    );
    const done: number[] = [];
    let turns = 0;
    const count = (): void => {
      turns++;
      if (done.length < 20) setImmediate(count);
    };
    setImmediate(count);
    for (let n = 0; n < 20; n++) {
      work.do(() => {
        takeMs(3);
        done.push(n);
      });
    }
    expect(done.length).toBeLessThan(10);
    expect(work.isParked).toBe(true);
    await eventually(() => done.length === 20);
    expect(done).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(turns).toBeGreaterThan(3);
    expect(work.isParked).toBe(false);
  });

  it('waits in order while there is no room, and is forgotten when it is dropped', () => {
    let room = true;
    const done: number[] = [];
    const work = new TurnWork(
      new FlushTurn(),
      () => room,
      () => undefined,
    );
    work.do(() => done.push(1));
    room = false;
    work.do(() => done.push(2));
    room = true;
    work.do(() => done.push(3));
    expect(done).toEqual([1]);
    work.takeUp();
    expect(done).toEqual([1, 2, 3]);
    room = false;
    work.do(() => done.push(4));
    work.drop();
    room = true;
    work.takeUp();
    expect(done).toEqual([1, 2, 3]);
  });
});
