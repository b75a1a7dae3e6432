import type { Gap, ReceivedMessage } from '@pochta/client';

/** What the producer's `--feed=stocks` publishes. */
interface StockPrice {
  readonly symbol: string;
  readonly price: number;
  readonly change: number;
}

/** One line for one message: a price as a ticker shows it, anything else as JSON. */
export function messageLine(
  message: Pick<ReceivedMessage, 'value' | 'bytes' | 'contentType'>,
  colours: boolean,
): string {
  if (message.contentType !== undefined) {
    return printable(`(${message.bytes.length} bytes of ${message.contentType})`);
  }
  return valueLine(message.value, colours);
}

export function valueLine(value: unknown, colours: boolean): string {
  return isStockPrice(value) ? priceLine(value, colours) : printable(JSON.stringify(value));
}

export function gapLine({ topic, from, to, reason }: Gap): string {
  const which = from === to ? `message ${from} is` : `messages ${from} to ${to} are`;
  return printable(`(${topic}: ${which} missing: ${reason})`);
}

function isStockPrice(value: unknown): value is StockPrice {
  if (typeof value !== 'object' || value === null) return false;
  const { symbol, price, change } = value as Record<string, unknown>;
  return typeof symbol === 'string' && typeof price === 'number' && typeof change === 'number';
}

function priceLine({ symbol, price, change }: StockPrice, colours: boolean): string {
  const [arrow, colour] = change > 0 ? ['↑', 32] : change < 0 ? ['↓', 31] : ['=', 90];
  const movement = `${arrow} ${Math.abs(change).toFixed(2)}`;
  const line = `${printable(symbol).padEnd(5)} $${price.toFixed(2)} `;
  return line + (colours ? `\x1b[${colour}m${movement}\x1b[0m` : movement);
}

/**
 * A message may hold escape sequences, line separators, and what turns the direction of the text: printed as they are,
 * they would command the terminal, or pretend to be another message.
 */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028-\u202E\u2066-\u2069]/gu, '\uFFFD');
}
