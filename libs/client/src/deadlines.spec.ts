import { Deadlines } from './deadlines';

describe('Deadlines', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('expire in their order, behind one timer, unless cancelled', () => {
    const deadlines = new Deadlines();
    const expired: string[] = [];
    deadlines.after(300, () => expired.push('late'));
    deadlines.after(100, () => expired.push('early'));
    const cancelled = deadlines.after(200, () => expired.push('cancelled'));
    deadlines.after(100, () => cancelled.cancel());
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(99);
    expect(expired).toEqual([]);
    jest.advanceTimersByTime(20);
    expect(expired).toEqual(['early']);
    jest.advanceTimersByTime(200);
    expect(expired).toEqual(['early', 'late']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('can be set, and cancelled, by one that expires', () => {
    const deadlines = new Deadlines();
    const expired: string[] = [];
    deadlines.after(10, () => {
      expired.push('first');
      second.cancel();
      deadlines.after(10, () => expired.push('third'));
    });
    const second = deadlines.after(10, () => expired.push('second'));
    jest.advanceTimersByTime(100);
    expect(expired).toEqual(['first', 'third']);
  });

  it('leave no timer when cleared, and wait however long they are', () => {
    const deadlines = new Deadlines();
    const expired = jest.fn();
    deadlines.after(2 ** 40, expired);
    jest.advanceTimersByTime(1000);
    expect(expired).not.toHaveBeenCalled();
    deadlines.clear();
    expect(jest.getTimerCount()).toBe(0);
  });
});
