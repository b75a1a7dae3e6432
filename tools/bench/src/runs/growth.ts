import { CASES, payloadOf, type GrowthCase } from '../cases';
import { startBrokerProcess, type BrokerProcess } from '../contenders/broker-process';
import { removeFolder, temporaryFolder } from '../contenders/leftovers';
import { CONFIRM, getForm, groupForm, publishFrame } from '../contenders/pochta';
import { runInLoadProcess, type LoadPlan } from '../load/load-process';
import { memoryUse } from '../load/memory-use';
import { chosen, chosenCase, type BenchOptions } from '../options';
import type { GrowthRun } from '../report/growth-report';
import { count } from '../report/table';
import { measureLoad, WARM_UP_MS } from './measured-load';

const PAYLOAD = payloadOf(100);
const PREFETCH = 1000;
const WINDOW = 1000;
const BURST = 100;
const IN_FLIGHT = 64;
const ROUND = 500;
/** More than any size, so that only the work queue's acks make room. */
const NO_LIMIT = 1_000_000_000;
const CONTENDER = 'pochta: lmdb, JSON lines';

/** Topics that hold the messages of a growth case. The group has one of its own, since it would hold back the others. */
const TOPICS: Record<GrowthCase['measure'], readonly string[]> = {
  publish: ['growth'],
  get: ['growth'],
  group: ['growth-group'],
  'start-up': Array.from({ length: 100 }, (_, index) => `start-up.${String(index).padStart(2, '0')}`),
};

/** Measures the chosen growth cases at each size, from the smallest on. */
export async function measureGrowth(options: BenchOptions): Promise<GrowthRun[]> {
  const cases = CASES.filter((each) => each.kind === 'growth').filter((each) => chosenCase(each, options));
  if (!chosen(CONTENDER, options.only)) return [];
  const stores = [
    cases.filter(({ measure }) => measure !== 'start-up'),
    cases.filter(({ measure }) => measure === 'start-up'),
  ];
  const runs: GrowthRun[] = [];
  for (const growthCases of stores.filter((each) => each.length > 0)) {
    const store = new GrowingStore(await temporaryFolder(), options);
    for (const size of options.sizes) {
      for (const growthCase of growthCases) runs.push(...(await store.measure(growthCase, size)));
    }
    await store.remove();
  }
  return runs;
}

/** A data folder whose topics are filled from each size to the next. */
class GrowingStore {
  /** Messages held, by the first topic of a case. */
  readonly #held = new Map<string, number>();

  constructor(
    private readonly folder: string,
    private readonly options: BenchOptions,
  ) {}

  async measure(growthCase: GrowthCase, size: number): Promise<GrowthRun[]> {
    await this.#fill(growthCase, size);
    const runs: GrowthRun[] = [];
    for (let round = 1; round <= this.options.runs; round++) {
      note(`${growthCase.name}, ${count(size)} stored, round ${round} of ${this.options.runs} ... `);
      const run = await this.#measureOnce(growthCase, size, round);
      runs.push(run);
      const result =
        run.perSecond === undefined ? `${count(run.startMs)} ms` : `${count(run.perSecond)} a second`;
      note(`${result}\n`);
    }
    return runs;
  }

  async remove(): Promise<void> {
    await removeFolder(this.folder);
  }

  async #measureOnce({ name, measure }: GrowthCase, size: number, round: number): Promise<GrowthRun> {
    const broker = await this.#start(size);
    try {
      const atStart = memoryUse(broker.pid);
      const common = { case: name, size, round, startMs: broker.startMs, atStart };
      if (measure === 'start-up') return common;
      const load = await measureLoad(broker, this.#plan(measure, broker));
      this.#add(TOPICS[measure][0], load.added ?? 0);
      const { perSecond, clientCpu, serverCpu } = load;
      return { ...common, perSecond, clientCpu, serverCpu, afterRun: memoryUse(broker.pid) };
    } finally {
      await broker.stop();
    }
  }

  async #fill({ name, measure }: GrowthCase, size: number): Promise<void> {
    const topics = TOPICS[measure];
    const messages = size - (this.#held.get(topics[0]) ?? 0);
    if (messages <= 0) return;
    const broker = await this.#start(size);
    note(`${name}: filling up to ${count(size)} messages ...`);
    try {
      const publish = topics.map((topic) => publishFrame(topic, PAYLOAD));
      const { port } = broker;
      const { perSecond } = await runInLoadProcess(
        { kind: 'fill', port, publish, confirm: CONFIRM, messages },
        (confirmed) => note(` ${Math.floor((confirmed / messages) * 100)} %`),
      );
      this.#add(topics[0], messages);
      note(` done, ${count(perSecond)} a second\n`);
    } finally {
      await broker.stop();
    }
  }

  #add(topic: string, messages: number): void {
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
    const times = { warmUpMs: WARM_UP_MS, measureMs: this.options.seconds * 1000 };
    switch (measure) {
      case 'publish':
        return {
          kind: 'confirmed-publish',
          port,
          publish,
          confirm: CONFIRM,
          window: WINDOW,
          burst: BURST,
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
          form: groupForm(topic, PAYLOAD, PREFETCH),
          window: WINDOW,
          burst: BURST,
          ...times,
        };
    }
  }
}

function note(text: string): void {
  process.stderr.write(text);
}
