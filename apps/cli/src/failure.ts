import { PochtaError, PublishManyError, ResponderError } from '@pochta/client';
import { CommanderError } from 'commander';
import { EXIT } from './exit-code';
import { interrupted, interruptedCode } from './interruption';
import { say } from './output';
import { printable } from './printable';

/** The command line makes no sense; the message says what. */
export class UsageError extends Error {}

/** Something outside of the broker is missing or does not work, with a code of its own. */
export class CommandError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Says in one line, `pochta: CODE text`, what went wrong; returns the exit code. */
export function report(error: unknown): number {
  // Commander has said it.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.misused;
  if (interrupted.aborted) return interruptedCode();
  const { code, text, exit = EXIT.failed } = described(error);
  sayFailure(code, text);
  return exit;
}

export function sayFailure(code: string, text: string): void {
  say(printable(`pochta: ${code} ${text.replace(/\s*[\r\n]+\s*/g, ' ')}`));
}

/** What the line says, and how the command ends. */
export function described(error: unknown): { code: string; text: string; exit?: number } {
  if (error instanceof UsageError) return { code: 'USAGE', text: error.message, exit: EXIT.misused };
  if (error instanceof CommandError) return { code: error.code, text: error.message };
  if (error instanceof ResponderError) return { code: error.responderCode, text: error.message };
  if (error instanceof PublishManyError) return described(error.failures[0].error);
  if (error instanceof PochtaError) {
    const { code, message } = error;
    return { code, text: message, ...(code === 'INVALID_CONFIG' && { exit: EXIT.misused }) };
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code === 'string') return { code, text: message.replace(`${code}: `, '') };
  return { code: 'INTERNAL', text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
