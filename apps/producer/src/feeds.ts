import { stockPrices } from './stock-prices';

/** Where a producer's messages come from. */
export interface Feed {
  readonly topic: string;
  /** Messages a second. */
  readonly rate: number;
  /** Messages that are published together. */
  readonly round: number;
  /** Endless; each step gives one round. */
  readonly rounds: Iterator<object[]>;
}

export const FEEDS: Record<'hello' | 'stocks', () => Feed> = {
  hello: () => ({ topic: 'test_topic', rate: 1, round: 1, rounds: greetings() }),
  stocks: () => ({ topic: 'stock_prices', rate: 10, round: 5, rounds: stockPrices() }),
};

export function* greetings(): Generator<object[], never> {
  for (let id = 0; ; id += 1) yield [{ id, text: `Hello ${id}`, timestamp: Date.now() / 1000 }];
}
