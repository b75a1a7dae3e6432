import { EXIT } from './exit-code';
import { outputClosed } from './output';

const stop = new AbortController();

/** Aborted by Ctrl+C or SIGTERM. */
export const stopSignal = stop.signal;

/** Aborted by these, and when nobody reads the output any more. */
export const interrupted = AbortSignal.any([stop.signal, outputClosed]);

/** Hears Ctrl+C and SIGTERM from now on. A second Ctrl+C ends the process at once. */
export function hearSignals(): void {
  process.on('SIGINT', () => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort();
  });
  process.on('SIGTERM', () => stop.abort());
}

/** How a command ends that was interrupted before it was done: that nobody reads any more is no failure. */
export function interruptedCode(): number {
  return stop.signal.aborted ? EXIT.interrupted : EXIT.done;
}
