import { constants } from 'node:os';

type StopSignal = 'SIGINT' | 'SIGTERM';

/**
 * Hears Ctrl+C and SIGTERM from the moment it is made, also while the broker is still starting. A second Ctrl+C ends
 * the process at once, with exit code 130; a SIGTERM does not, since whoever runs the broker (nx, a supervisor) may
 * send one after the terminal's own Ctrl+C.
 */
export class StopSignals {
  readonly #first: Promise<StopSignal>;

  constructor() {
    this.#first = new Promise((resolve) => {
      let interrupted = false;
      process.on('SIGINT', () => {
        if (interrupted) process.exit(128 + constants.signals.SIGINT);
        interrupted = true;
        resolve('SIGINT');
      });
      process.on('SIGTERM', () => resolve('SIGTERM'));
    });
  }

  /** Resolves with the first signal. */
  get first(): Promise<StopSignal> {
    return this.#first;
  }
}
