import { payloadOf, type GrowthCase } from '../cases';
import { startBrokerProcess, type BrokerProcess } from '../contenders/broker-process';
import { removeFolder, temporaryFolder } from '../contenders/leftovers';
import { getForm } from '../contenders/pochta';
import { runInLoadProcess, type LoadPlan } from '../load/load-process';
import { memoryUse } from '../load/memory-use';
import type { BenchOptions } from '../options';
import type { GrowthRun } from '../report/growth-report';
import { count } from '../report/table';
import { CONFIRM, publishFrame } from '../wires/pochta-json-lines';
import { measureLoad, WARM_UP_MS } from './measured-load';

const PAYLOAD = payloadOf(100);
const PREFETCH = 1000;
const WINDOW = 1000;
const BURST = 100;
const IN_FLIGHT = 64;
const ROUND = 500;
/** More than any size, so that only the work queue's acks make room. */
const NO_LIMIT = 1_000_000_000;

type Measure = GrowthCase['measure'];

/** Topics that hold the messages of a growth case. The group has one of its own, since it would hold back the others. */
const TOPICS: Record<Measure, readonly string[]> = {
  publish: ['growth'],
  get: ['growth'],
  group: ['growth-group'],
  'start-up': Array.from({ length: 100 }, (_, index) => `start-up.${String(index).padStart(2, '0')}`),
};

/** A data folder whose topics are filled from each size to the next. */
export class GrowingStore {
  /** Messages held, by the first topic of a case. */
  readonly #held = new Map<string, number>();

  private constructor(
    private readonly folder: string,
    private readonly options: BenchOptions,
  ) {}

  static async create(options: BenchOptions): Promise<GrowingStore> {
    return new GrowingStore(await temporaryFolder(), options);
  }

  async remove(): Promise<void> {
    await removeFolder(this.folder);
  }

  /** Fills the case's topics up to the size, which must not be smaller than the one before. */
  async fill({ name, measure }: GrowthCase, size: number): Promise<void> {
    if (this.#missing(measure, size) <= 0) return;
    const broker = await this.#start(size);
    try {
      note(`${name}: filling up to ${count(size)} messages ...`);
      note(` done, ${count(await this.#topUp(broker, measure, size))} a second\n`);
    } finally {
      await broker.stop();
    }
  }

  /** Starts the broker anew, and measures the case once. */
  async measure({ name, measure }: GrowthCase, size: number, round: number): Promise<GrowthRun> {
    note(`${name}, ${count(size)} stored, round ${round} of ${this.options.runs} ... `);
    const broker = await this.#start(size);
    try {
      const atStart = memoryUse(broker.pid);
      const common = { case: name, size, round, startMs: broker.startMs, atStart };
      if (measure === 'start-up') {
        note(`${count(broker.startMs)} ms\n`);
        return common;
      }
      // A group's run may end with a few messages less than it began with.
      if (this.#missing(measure, size) > 0) await this.#topUp(broker, measure, size);
      const load = await measureLoad(broker, this.#plan(measure, broker));
      this.#add(measure, load.added ?? 0);
      const { perSecond, clientCpu, serverCpu } = load;
      note(`${count(perSecond)} a second\n`);
      return { ...common, perSecond, clientCpu, serverCpu, afterRun: memoryUse(broker.pid) };
    } finally {
      await broker.stop();
    }
  }

  /** Messages a second. */
  async #topUp({ port }: BrokerProcess, measure: Measure, size: number): Promise<number> {
    const messages = this.#missing(measure, size);
    const publish = TOPICS[measure].map((topic) => publishFrame(topic, PAYLOAD));
    const { perSecond } = await runInLoadProcess(
      { kind: 'fill', port, publish, confirm: CONFIRM, messages },
      (confirmed) => note(` ${Math.floor((confirmed / messages) * 100)} %`),
    );
    this.#add(measure, messages);
    return perSecond;
  }

  #missing(measure: Measure, size: number): number {
    return size - (this.#held.get(TOPICS[measure][0]) ?? 0);
  }

  #add(measure: Measure, messages: number): void {
    const topic = TOPICS[measure][0];
    this.#held.set(topic, (this.#held.get(topic) ?? 0) + messages);
  }

  async #start(size: number): Promise<BrokerProcess> {
    const topics = {
      growth: { maxMessages: size, overflow: 'drop-oldest' },
      'growth-group': { maxMessages: NO_LIMIT, retention: 'work-queue' },
      'start-up.*': { maxMessages: NO_LIMIT },
    };
    return startBrokerProcess({ engine: 'lmdb', folder: this.folder, topics });
  }

  #plan(measure: 'publish' | 'get' | 'group', { port }: BrokerProcess): LoadPlan {
    const topic = TOPICS[measure][0];
    const publish = publishFrame(topic, PAYLOAD);
    const traffic = { topic, payload: PAYLOAD, burst: BURST, subscribers: 0, limit: NO_LIMIT };
    const times = { warmUpMs: WARM_UP_MS, measureMs: this.options.seconds * 1000 };
    switch (measure) {
      case 'publish':
        return {
          kind: 'confirmed-publish',
          port,
          wire: 'pochta: JSON lines',
          traffic,
          window: WINDOW,
          ...times,
        };
      case 'get': {
        const round = Math.min(ROUND, this.options.sizes[0] >> 1);
        const form = getForm(topic, PAYLOAD);
        return {
          kind: 'get-requests',
          port,
          ...form,
          publish,
          confirm: CONFIRM,
          inFlight: IN_FLIGHT,
          round,
          ...times,
        };
      }
      case 'group':
        return {
          kind: 'group',
          port,
          wire: 'pochta: JSON lines',
          traffic,
          prefetch: PREFETCH,
          window: WINDOW,
          ...times,
        };
    }
  }
}

function note(text: string): void {
  process.stderr.write(text);
}
