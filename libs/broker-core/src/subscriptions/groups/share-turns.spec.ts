import { ShareTurns } from './share-turns';

describe('groups that have something to share out', () => {
  let time: number;
  let done: string[];
  let turns: ShareTurns;
  beforeEach(() => {
    time = 0;
    done = [];
    turns = new ShareTurns(() => time);
  });

  const add = (name: string, ms: number): void =>
    turns.add(() => {
      time += ms;
      done.push(name);
    });
  /** Behind what is due in this turn; `done` then. */
  const turn = (): Promise<string[]> => new Promise((resolve) => setImmediate(() => resolve(done.splice(0))));

  it('do so at once, behind all microtasks', async () => {
    add('a', 0);
    await Promise.resolve();
    expect(done).toEqual([]);
    await new Promise<void>((resolve) => queueMicrotask(() => process.nextTick(resolve)));
    expect(done).toEqual(['a']);
  });

  it('all did so in one turn, however long it took, and all peers waited', async () => {
    const seen: string[][] = [];
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const name of names) add(name, 3);
    for (let count = 0; count < 4; count++) seen.push(await turn());
    expect(seen.flat()).toEqual(names);
    expect(Math.max(...seen.map(({ length }) => length))).toBe(3);
  });

  it('have their chance one by one when each takes longer than the turn may', async () => {
    for (const name of ['a', 'b', 'c']) add(name, 100);
    expect(await turn()).toEqual(['a']);
    expect([...(await turn()), ...(await turn()), ...(await turn())]).toEqual(['b', 'c']);
  });

  it('are charged for the microtasks that their sharing out leads to', async () => {
    for (const name of ['a', 'b']) {
      turns.add(() => {
        done.push(name);
        void Promise.resolve()
          .then(() => undefined)
          .then(() => (time += 100));
      });
    }
    expect(await turn()).toEqual(['a']);
    expect([...(await turn()), ...(await turn())]).toEqual(['b']);
  });

  it('are taken in the order they came, those that come meanwhile too', async () => {
    turns.add(() => {
      done.push('a');
      add('d', 0);
    });
    add('b', 0);
    add('c', 0);
    expect(await turn()).toEqual(['a', 'b', 'c', 'd']);
    add('e', 0);
    expect(await turn()).toEqual(['e']);
  });
});
