import { ReconnectPolicy } from './reconnect-policy';

const delays = (policy: ReconnectPolicy, count: number) =>
  Array.from({ length: count }, (_, n) => policy.delay(n));

describe('ReconnectPolicy', () => {
  it('doubles the delay up to its limit', () => {
    expect(delays(new ReconnectPolicy({}, () => 0), 8)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    expect(new ReconnectPolicy({}, () => 0).delay(1e6)).toBe(5000);
  });

  it('shortens it by the jitter at most', () => {
    const options = { initialDelay: 1000, maxDelay: 1000, jitter: 0.5 };
    expect([0, 0.5, 1].map((random) => new ReconnectPolicy(options, () => random).delay(0))).toEqual([
      1000, 750, 500,
    ]);
  });

  it('allows no attempt when it is off', () => {
    expect(new ReconnectPolicy(false).maxAttempts).toBe(0);
    expect(new ReconnectPolicy().maxAttempts).toBe(Infinity);
  });
});
