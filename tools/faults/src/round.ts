import type { Actor, Stage } from './actors/actor';
import { Auditor } from './actors/auditor';
import { Line } from './actors/line';
import { Member } from './actors/member';
import { Producer } from './actors/producer';
import { Pulse } from './actors/pulse';
import { Purger } from './actors/purger';
import { Reader } from './actors/reader';
import { Remover } from './actors/remover';
import { Taker } from './actors/taker';
import { Work } from './actors/work';
import type { BrokerUnderTest } from './broker/broker-under-test';
import { BrokerFaults } from './faults/broker-faults';
import { FaultRunner, type FaultCounts } from './faults/fault-runner';
import { StallWatch } from './faults/stall-watch';
import { History } from './history/history';
import { StaleDeliveries } from './history/stale-deliveries';
import type { RoundPlan } from './plan/round-plan';

export interface RoundOptions {
  /** Beats of the pulse without progress after which a round is given up; default 100, which takes 20 s or more. */
  readonly patience?: number;
  /** Called now and then, with the part of the work that is done. */
  readonly onProgress?: (part: number) => void;
}

export interface RoundResult {
  readonly history: History;
  readonly faults: FaultCounts;
}

const PATIENCE = 100;
/** Messages that are named when a round is given up. */
const NAMED = 3;
/** ms between two looks at whether the groups are done, and two reports. */
const LOOK = 20;
/** Messages of a topic that a group may lag behind: work goes on in all topics until the end, so that faults hit it. */
const MAX_LAG = 2000;

/** One round: actors and faults, until all is done and read; then the history tells. */
export class Round {
  readonly #history: History;
  readonly #work: Work;
  readonly #stage: Stage;
  readonly #faults: BrokerFaults;
  readonly #runner: FaultRunner;
  readonly #actors: readonly Actor[];
  readonly #auditor: Auditor;
  readonly #pulse: Pulse;
  readonly #watch: StallWatch;
  #requests = 0;
  #onFailure: (why: string) => void = () => undefined;
  /** Resolves when nothing gets on any more, or the broker did not start again. */
  readonly #failure = new Promise<string>((resolve) => (this.#onFailure = resolve));
  #over = false;
  #auditing = false;

  constructor(
    private readonly plan: RoundPlan,
    private readonly broker: BrokerUnderTest,
    private readonly options: RoundOptions = {},
  ) {
    const topics = plan.topics.map(({ groups, ...topic }) => ({
      ...topic,
      groups: groups.map(({ name }) => name),
      ackDeadlines: Object.fromEntries(groups.map(({ name, ackDeadline }) => [name, ackDeadline])),
    }));
    this.#history = new History(topics);
    this.#work = new Work(this.#history, totalWork(plan), MAX_LAG, pacedTopics(plan));
    const line = new Line(broker.port);
    const nextRequest = () => ++this.#requests;
    this.#stage = {
      plan,
      history: this.#history,
      line,
      work: this.#work,
      stale: new StaleDeliveries(),
      nextRequest,
    };
    this.#faults = new BrokerFaults(broker, line, this.#history);
    this.#actors = actorsOf(plan, this.#stage);
    this.#auditor = new Auditor(this.#stage);
    this.#pulse = new Pulse(this.#stage, () => this.#watch.beat());
    const byName = new Map(this.#actors.map((actor) => [actor.name, actor]));
    this.#runner = new FaultRunner(plan.faults, byName, this.#faults, this.#work);
    this.#watch = new StallWatch(() => this.#measure(), options.patience ?? PATIENCE, {
      onQuiet: () => this.#runner.endPauses(),
      onStall: (why) => this.#onFailure(why),
    });
  }

  /** Rejects when the broker ends by itself, or does not start. */
  async run(): Promise<RoundResult> {
    const { onProgress = () => undefined } = this.options;
    const reports = setInterval(() => onProgress(this.#work.progress), LOOK);
    try {
      const why = await Promise.race([
        this.#live(),
        this.broker.crash.then((text) => `the broker ended by itself, saying:\n${text}`),
        this.#failure,
      ]);
      if (why !== undefined) this.#giveUp(why);
    } finally {
      this.#over = true;
      this.#stage.line.down();
      clearInterval(reports);
      this.#watch.stop();
      this.#runner.stop();
      for (const actor of [...this.#actors, this.#auditor, this.#pulse]) actor.finish();
    }
    return { history: this.#history, faults: this.#runner.counts };
  }

  async #live(): Promise<void> {
    await this.#faults.start();
    const producers = this.#actors.filter((actor) => actor instanceof Producer);
    const consumers = this.#actors.filter((actor) => !(actor instanceof Producer));
    // Every group is there before the first message.
    for (const consumer of consumers) void consumer.run();
    void this.#pulse.run();
    await Promise.all(consumers.map(({ ready }) => ready));
    const faults = this.#runner.run().catch((error: unknown) => this.#onFailure(`${error}`));
    await Promise.all(producers.map((producer) => producer.run()));
    await this.#drained();
    this.#runner.stop();
    await faults;
    await this.#drained();
    // Nobody would end what began after a round that was given up.
    if (this.#over) return;
    const removers = this.#actors.filter((actor) => actor instanceof Remover);
    await Promise.all(removers.map((remover) => remover.leave()));
    // What is held is read from the disk, and what is settled stays so.
    if (this.plan.features.durable) await this.#faults.restart(this.#faults.highestOffset);
    await this.#drained();
    await this.#audit();
    await this.#drained();
  }

  /** Resolves when no group has anything to settle. */
  async #drained(): Promise<void> {
    while (!this.#over && this.#work.openAt(Date.now()).next().done !== true)
      await new Promise((resolve) => setTimeout(resolve, LOOK));
  }

  async #audit(): Promise<void> {
    this.#auditing = true;
    void this.#auditor.run();
    await this.#auditor.ready;
    const readers = this.#actors.filter((actor) => actor instanceof Reader);
    for (const topic of new Set(readers.map((reader) => reader.topic))) {
      const head = await this.#auditor.head(topic);
      const ofTopic = readers.filter((reader) => reader.topic === topic);
      await Promise.all(ofTopic.map((reader) => reader.reaches(head)));
      await this.#auditor.read(topic, head);
    }
    this.#auditor.finish();
  }

  /** What the auditor reads is progress; before it begins, only what is done is. */
  #measure(): number {
    return this.#work.steps + (this.#auditing ? this.#history.events.length : 0);
  }

  #giveUp(why: string): void {
    const open = [...this.#work.openAt(Date.now())];
    const late = this.#actors.filter((actor) => actor instanceof Producer && !actor.finished);
    const text = `${why}; ${open.length} messages are unsettled (${open.slice(0, NAMED).join(', ')}), and ${late.length} producers have not finished`;
    this.#history.add({ type: 'unexpected', at: Date.now(), actor: 'round', text });
  }
}

function actorsOf(plan: RoundPlan, stage: Stage): Actor[] {
  return [
    ...plan.producers.map((producer) => new Producer(producer, stage)),
    ...plan.members.map((member) => new Member(member, stage)),
    ...plan.subscribers.map((subscriber) => new Reader(subscriber, stage)),
    ...plan.takers.map((taker) => new Taker(taker, stage)),
    ...plan.purgers.map((purger) => new Purger(purger, stage)),
  ];
}

/** Topics that nobody has to keep up with, and how many messages each will have. */
function pacedTopics({ topics, messages }: RoundPlan): Map<string, number> {
  const paced = topics.filter(({ taken }) => taken);
  return new Map(paced.map(({ name, share }) => [name, messages * share]));
}

/** Publishes, and what groups have to settle. */
function totalWork({ producers, topics }: RoundPlan): number {
  const groups = new Map(topics.map((topic) => [topic.name, topic.groups.length]));
  return producers.reduce((sum, { topic, messages }) => sum + messages * (1 + groups.get(topic)!), 0);
}
