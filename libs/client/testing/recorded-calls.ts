import type { ClientFrame } from '@pochta/protocol';
import { Calls } from '../src/connection/calls';
import { Deadlines } from '../src/deadlines';

/** Calls without a connection: what they send is kept, and the test answers. */
export class RecordedCalls {
  readonly sent: ClientFrame[] = [];
  readonly calls: Calls;
  readonly #deadlines = new Deadlines();

  constructor() {
    this.calls = new Calls(this.#deadlines);
    this.calls.sendThrough((frame) => this.sent.push(frame));
  }

  /** Gives up all waiting: call it in `afterEach`. */
  clear(): void {
    this.#deadlines.clear();
  }
}
