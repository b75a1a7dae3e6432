import type { StartPosition } from '@pochta/protocol';
import { SYSTEM_CLOCK } from '@pochta/storage-contract';
import { FilterSubscription } from './subscriptions/filter-subscription';
import { PageTurns } from './subscriptions/page-turns';
import { PositionBudget } from './subscriptions/position-budget';
import type { SubscriptionPart } from './subscriptions/subscription-part';
import { TurnBudget } from './turn-budget';

describe('work that takes long', () => {
  let time: number;
  let done: string[];
  let budget: TurnBudget;
  beforeEach(() => {
    time = 0;
    done = [];
    budget = new TurnBudget(() => time);
  });

  const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  /** How much is done in each turn, until `count` of it is. */
  const perTurn = async (count: number): Promise<number[]> => {
    const parts: number[] = [];
    for (let before = 0; before < count; before = done.length) {
      await nextTurn();
      parts.push(done.length - before);
    }
    return parts;
  };
  const take = (what: string, ms: number): void => {
    time += ms;
    done.push(what);
  };

  it('may go on until its time in a turn is used up, and again in the next', async () => {
    expect(budget.isSpent()).toBe(false);
    time += 7;
    expect(budget.isSpent()).toBe(false);
    time += 1;
    expect(budget.isSpent()).toBe(true);
    await budget.next();
    expect(budget.isSpent()).toBe(false);
  });

  it('was done in one turn: the topics of a filter are opened, started and closed in several', async () => {
    const topics = Array.from({ length: 20 }, (_, index) => `a.${index}`);
    const silent: string[] = [];
    const partOf = (topic: string): SubscriptionPart => ({
      epoch: 'e',
      sequence: 1,
      nextPush: 1,
      finished: true,
      start: (onCaughtUp) => {
        take(`start ${topic}`, 3);
        onCaughtUp?.();
      },
      resume: () => undefined,
      silence: () => silent.push(topic),
      close: () => take(`close ${topic}`, 3),
    });
    const context = {
      lease: new PositionBudget(100).lease(),
      clock: SYSTEM_CLOCK,
      credit: undefined,
      openPart: (topic: string, _from: StartPosition) => {
        take(`open ${topic}`, 3);
        return Promise.resolve(partOf(topic));
      },
      onFailed: () => undefined,
      onClosed: () => undefined,
    };
    const subscription = new FilterSubscription('s', 'a.*', undefined, context, budget);
    const opened = subscription.open(topics, 'earliest');
    expect(Math.max(...(await perTurn(20)))).toBeLessThan(10);
    await opened;
    expect(done).toEqual(topics.map((topic) => `open ${topic}`));
    done = [];
    let caughtUp = false;
    subscription.start(() => (caughtUp = true));
    expect(caughtUp).toBe(false);
    expect(Math.max(...(await perTurn(20)))).toBeLessThan(10);
    expect(done).toEqual(topics.map((topic) => `start ${topic}`));
    expect(caughtUp).toBe(true);
    done = [];
    subscription.close();
    // None says anything any more while it waits for its turn.
    expect(silent).toEqual(topics);
    expect(Math.max(...(await perTurn(20)))).toBeLessThan(10);
    expect(done).toEqual(topics.map((topic) => `close ${topic}`));
  });

  it('was done in one turn: pages that need not be waited for are read in several', async () => {
    const turns = new PageTurns(budget);
    for (let page = 0; page < 20; page++) {
      void turns.take().then((release) => {
        take(`page ${page}`, 3);
        release();
      });
    }
    expect(Math.max(...(await perTurn(20)))).toBeLessThan(10);
    expect(done).toEqual(Array.from({ length: 20 }, (_, page) => `page ${page}`));
  });
});
