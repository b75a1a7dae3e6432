import { eventually } from '@pochta/testing';
import { TimerWheel } from './timer-wheel';

/** ms */
const ROUND = 10_240;

interface Wait {
  readonly name: string;
  readonly dueAt: number;
}

describe('TimerWheel', () => {
  let due: string[];
  let wheel: TimerWheel<Wait>;
  const inMs = (name: string, ms: number): Wait => ({ name, dueAt: performance.now() + ms });

  beforeEach(() => {
    due = [];
    wheel = new TimerWheel(({ name, dueAt }) => {
      expect(performance.now()).toBeGreaterThanOrEqual(dueAt);
      due.push(name);
    });
  });
  afterEach(() => wheel.stop());

  it('tells what is due, and not before', async () => {
    wheel.add(inMs('later', 60));
    wheel.add(inMs('soon', 1));
    wheel.add(inMs('at once', 0));
    await eventually(() => due.length === 3);
    expect(due[2]).toBe('later');
  });

  it('passes over what is due in a later round', async () => {
    wheel.add(inMs('next round', ROUND + 20));
    wheel.add(inMs('weeks ahead', 2 ** 31 - 1));
    wheel.add(inMs('this round', 40));
    await eventually(() => due.length > 0);
    expect(due).toEqual(['this round']);
  });

  it('does not tell what was taken back, also by what was due together with it', async () => {
    const dueAt = performance.now() + 20;
    const told: number[] = [];
    const pair = new TimerWheel<{ n: number; dueAt: number }>(({ n }) => {
      told.push(n);
      for (const place of places) pair.takeBack(place);
    });
    const places = [1, 2, 3].map((n) => pair.add({ n, dueAt }));
    pair.takeBack(places[0]);
    pair.takeBack(places[0]);
    await eventually(() => told.length > 0);
    const last = pair.add({ n: 4, dueAt: performance.now() });
    await eventually(() => last.item === undefined);
    expect(told).toEqual([2, 4]);
    pair.stop();
  });

  it('goes on after it has been idle', async () => {
    wheel.takeBack(wheel.add(inMs('never', 1)));
    wheel.add(inMs('first', 1));
    await eventually(() => due.length === 1);
    // Its timer has stopped by now, or stops meanwhile.
    for (let n = 0; n < 3; n++) {
      wheel.add(inMs('next', 30));
      await eventually(() => due.length === n + 2);
    }
  });
});
