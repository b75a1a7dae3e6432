import { once } from 'node:events';
import { RawConnection } from '../raw-connection';
import type { Wire } from '../../wires/wire';
import { WIRES, type WireName } from '../../wires/wires';
import { DueTimeScanner, microseconds, type Stamped } from './due-time';
import { percentilesOf, type Percentiles } from './percentiles';
import { PLAIN_CLIENTS, type PlainClientName } from '../clients/plain-clients';
import { trafficOf, type LatencyPlan } from './plan';

/** A wait that takes longer is a fault of the program under test, or of the bench. */
const PATIENCE_MS = 60_000;

/** The subscriber's process: gets one plan, says that it is subscribed, and answers when all messages have come. */
export async function runLatencySubscriber(): Promise<void> {
  // Keeps it alive until it is stopped: it may have its answer before the publisher has, and whoever ends first has failed.
  process.once('disconnect', () => process.exit());
  const [plan] = (await once(process, 'message')) as [LatencyPlan];
  const subscriber = await LatencySubscriber.open(plan);
  process.send!('subscribed');
  process.send!(await subscriber.latencies());
}

/** Takes the time from when each message was due until it came. */
export class LatencySubscriber {
  readonly #latencies: Float64Array;
  #count = 0;
  #onAll: () => void = () => undefined;
  #close: () => unknown = () => undefined;

  private constructor(private readonly plan: LatencyPlan) {
    this.#latencies = new Float64Array(plan.messages);
  }

  /** Resolves once it is subscribed. */
  static async open(plan: LatencyPlan): Promise<LatencySubscriber> {
    const subscriber = new LatencySubscriber(plan);
    const { client } = plan;
    await (client.kind === 'raw' ? subscriber.#openRaw(client.wire) : subscriber.#openPlain(client.client));
    return subscriber;
  }

  /** Resolves once all messages have come; those of the warm-up do not count. */
  async latencies(): Promise<Percentiles> {
    const { messages, warmUp } = this.plan;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#onAll = resolve;
      if (this.#count >= messages) resolve();
      const vain = () => reject(new Error(`${this.#count} of ${messages} messages came`));
      timer = setTimeout(vain, PATIENCE_MS + (messages / this.plan.perSecond) * 1000);
    }).finally(() => clearTimeout(timer));
    await this.#close();
    if (this.#count !== messages) throw new Error(`${this.#count} messages of ${messages} came`);
    return percentilesOf(this.#latencies.subarray(warmUp));
  }

  async #openRaw(wire: WireName): Promise<void> {
    const { subscriber }: Wire = WIRES[wire];
    if (subscriber === undefined) throw new Error(`${wire} has no subscribers`);
    const { openings, deliveries } = subscriber(trafficOf(this.plan));
    let now = 0;
    const scanner = new DueTimeScanner((due) => this.#take(due, now));
    const connection = await RawConnection.open(this.plan.port, openings, (chunk) => {
      now = microseconds();
      scanner.scan(chunk);
      // Fails the run when anything else came.
      return deliveries(chunk);
    });
    this.#close = () => connection.close();
  }

  async #openPlain(name: PlainClientName): Promise<void> {
    const { port, topic } = this.plan;
    const client = await PLAIN_CLIENTS[name]({ port, topic });
    if (client.subscribe === undefined) throw new Error(`${name} has no subscribers`);
    await client.subscribe((message) => this.#take(Number((message as Stamped).due), microseconds()));
    this.#close = () => client.close();
  }

  #take(due: number, now: number): void {
    this.#latencies[this.#count++] = (now - due) / 1e3;
    if (this.#count === this.plan.messages) this.#onAll();
  }
}
