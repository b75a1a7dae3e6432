import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Parses an option that is a whole number. */
export function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

export const port = wholeNumber(1, 65_535);

/** Parses milliseconds, or a number with a unit: `1500`, `2s`, `5m`, `1h`, `7d`. */
export function milliseconds(text: string): number {
  const [, digits, unit = 'ms'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (digits !== undefined) return Math.round(Number(digits) * UNITS[unit]);
  throw new InvalidArgumentError('It must be milliseconds, or a number with a unit: 1500, 2s, 5m, 1h, 7d.');
}

/** Adds a `key=value` to those before. */
export function keyValue(
  text: string,
  others: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be key=value.');
  return { ...others, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Adds servers, which may be several with commas between, to those before. */
export function servers(text: string, others: readonly string[] = []): readonly string[] {
  const named = text.split(',').map((one) => one.trim());
  if (named.includes('')) throw new InvalidArgumentError('It must be host:port.');
  return [...others, ...named];
}

export function trueOrFalse(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new InvalidArgumentError('It must be true or false.');
}
