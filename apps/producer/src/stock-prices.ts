export interface StockPrice {
  readonly symbol: string;
  /** Dollars, with two decimals. */
  readonly price: number;
  /** Since the last price. */
  readonly change: number;
  /** Seconds since the epoch. */
  readonly timestamp: number;
}

const OPENING_PRICES = { AAPL: 187.3, GOOGL: 141.8, MSFT: 378.9, AMZN: 153.4, TSLA: 248.5 };

/** The farthest a price moves in one step, as a share of it. */
const LARGEST_STEP = 0.002;

/** A random walk: each round holds every symbol once, its price a small step away from its last one. */
export function* stockPrices(random: () => number = Math.random): Generator<StockPrice[], never> {
  const prices = new Map<string, number>(Object.entries(OPENING_PRICES));
  for (;;) {
    const timestamp = Date.now() / 1000;
    yield Array.from(prices, ([symbol, last]) => {
      const price = cents(step(last, random()));
      prices.set(symbol, price);
      return { symbol, price, change: cents(price - last), timestamp };
    });
  }
}

/** `chance` is from 0 to 1; a price never falls to nothing. */
function step(price: number, chance: number): number {
  return Math.max(0.01, price * (1 + LARGEST_STEP * (2 * chance - 1)));
}

const cents = (dollars: number) => Math.round(dollars * 100) / 100;
