import type { Line } from '../actors/line';
import type { BrokerUnderTest } from '../broker/broker-under-test';
import type { History } from '../history/history';

/** Kills the broker and steps its wall clock, and notes it. */
export class BrokerFaults {
  #offset = 0;
  #highest = 0;

  constructor(
    private readonly broker: BrokerUnderTest,
    private readonly line: Line,
    private readonly history: History,
  ) {}

  /** The furthest that the clock has been ahead, in ms. */
  get highestOffset(): number {
    return this.#highest;
  }

  async start(): Promise<void> {
    await this.broker.start();
    this.history.add({ type: 'broker', at: Date.now(), state: 'started' });
    this.line.up();
  }

  /** Kills the broker and starts it again, when all that it said has been heard. */
  async restart(offset: number): Promise<void> {
    this.line.down();
    this.history.add({ type: 'broker', at: Date.now(), state: 'killed' });
    if (this.broker.lingers) this.line.cut();
    await this.broker.kill();
    await this.line.empty();
    await this.stepClock(offset);
    await this.start();
  }

  async stepClock(offset: number): Promise<void> {
    if (offset === this.#offset) return;
    this.#highest = Math.max(this.#highest, offset);
    this.history.add({ type: 'clock', at: Date.now(), offset, done: false });
    await this.broker.setClock(offset);
    this.history.add({ type: 'clock', at: Date.now(), offset, done: true });
    this.#offset = offset;
  }
}
