import { FEEDS, greetings } from './feeds';
import { stockPrices, type StockPrice } from './stock-prices';

/** Rounds of a feed, one after the other. */
function take<T>(rounds: Iterator<T[]>, count: number): T[][] {
  return Array.from({ length: count }, () => rounds.next().value as T[]);
}

describe('greetings', () => {
  it('are numbered from 0 and stamped in seconds', () => {
    const before = Date.now() / 1000;
    const messages = take(greetings(), 3).flat();

    expect(messages).toEqual(
      [0, 1, 2].map((id) => ({ id, text: `Hello ${id}`, timestamp: expect.any(Number) })),
    );
    for (const { timestamp } of messages as { timestamp: number }[]) {
      expect(timestamp).toBeGreaterThanOrEqual(before);
      expect(timestamp).toBeLessThanOrEqual(Date.now() / 1000);
    }
  });
});

describe('stock prices', () => {
  const symbols = ['AAPL', 'GOOGL', 'MSFT', 'AMZN', 'TSLA'];
  const walk = (rounds: number) => take(stockPrices(), rounds);
  const of = (symbol: string, rounds: StockPrice[][]) =>
    rounds.map((round) => round.find((price) => price.symbol === symbol) as StockPrice);

  it('come as one of each symbol a round', () => {
    for (const round of walk(3)) expect(round.map(({ symbol }) => symbol)).toEqual(symbols);
  });

  it.each(symbols)('of %s walk in small steps rather than jump', (symbol) => {
    const prices = of(symbol, walk(5000)).map(({ price }) => price);
    const steps = prices.slice(1).map((price, i) => price - prices[i]);

    for (const [i, step] of steps.entries())
      expect(Math.abs(step)).toBeLessThanOrEqual(prices[i] * 0.002 + 0.01);
    expect(steps.some((step) => step > 0)).toBe(true);
    expect(steps.some((step) => step < 0)).toBe(true);
  });

  it.each(symbols)('of %s have two decimals, and tell the change since the last one', (symbol) => {
    const prices = of(symbol, walk(200));

    for (const [i, { price, change }] of prices.entries()) {
      expect(Number(price.toFixed(2))).toBe(price);
      expect(Number(change.toFixed(2))).toBe(change);
      if (i > 0) expect(change).toBeCloseTo(price - prices[i - 1].price, 6);
    }
  });

  it('never fall to nothing', () => {
    const rounds = take(
      stockPrices(() => 0),
      20_000,
    );
    for (const { price } of rounds[rounds.length - 1]) expect(price).toBeGreaterThan(0);
  });
});

it('feeds say how many messages a round has', () => {
  for (const feed of Object.values(FEEDS).map((create) => create())) {
    expect(feed.rounds.next().value).toHaveLength(feed.round);
  }
});
