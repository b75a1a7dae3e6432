import { PochtaError } from '@pochta/protocol';
import { printable } from './printable';

/**
 * An error for a line of the log: its message, with the code of a `PochtaError`; anything else as text. Never throws: what
 * was thrown may be anything, also something that cannot be read.
 */
export function errorText(error: unknown): string {
  try {
    if (error instanceof PochtaError) return printable(`${error.message} (${error.code})`);
    return printable(error instanceof Error ? error.message : String(error));
  } catch {
    return 'an error that cannot be shown';
  }
}
