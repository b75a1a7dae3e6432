import type { MessageAttributes, RetentionPolicy } from '@pochta/protocol';
import { GroupTester } from './group-tester';
import { messagesOf, type TestMessage } from './messages';
import type { Survival } from './restart-suite';
import { numbered, type StoreFixture } from './store-fixture';

const STEPS = 250;
const KEYS = 'abcde';

/** Numbers that look random, and are the same in each run. */
function sequenceOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What a group is to do with its messages, in the plainest way. */
class GroupModel {
  readonly keys: (string | undefined)[] = [undefined];
  readonly unacked = new Set<number>();
  readonly inFlight = new Map<number, GroupTester>();
  readonly failures = new Map<number, number>();

  /** In flight to one member, or to anyone. */
  of(tester?: GroupTester): number[] {
    const found = [...this.inFlight].filter(([, holder]) => tester === undefined || holder === tester);
    return found.map(([sequence]) => sequence);
  }

  add(key: string | undefined): void {
    this.unacked.add(this.keys.length);
    this.keys.push(key);
  }

  handOut(tester: GroupTester, page: readonly (readonly [sequence: number, deliveryCount: number])[]): void {
    for (const [sequence, deliveryCount] of page) {
      expect(this.unacked).toContain(sequence);
      expect(this.of()).not.toContain(sequence);
      expect([sequence, deliveryCount]).toEqual([sequence, (this.failures.get(sequence) ?? 0) + 1]);
      const key = this.keys[sequence];
      if (key !== undefined) {
        const ofKey = [...this.unacked].filter((one) => this.keys[one] === key);
        expect([key, sequence]).toEqual([key, Math.min(...ofKey)]);
      }
      this.inFlight.set(sequence, tester);
    }
  }

  settle(sequence: number): void {
    this.unacked.delete(sequence);
    this.inFlight.delete(sequence);
  }
}

/** Does what comes by chance with a group, and compares it with the model. */
class GroupRun {
  readonly #fixture: StoreFixture;
  readonly #random: (below: number) => number;
  readonly #retention: RetentionPolicy;
  readonly #canRestart: boolean;
  readonly #model = new GroupModel();
  #testers: GroupTester[] = [];
  #lost = 0;

  constructor(fixture: StoreFixture, seed: number, retention: RetentionPolicy, canRestart: boolean) {
    this.#fixture = fixture;
    this.#retention = retention;
    this.#random = sequenceOf(seed);
    this.#canRestart = canRestart;
  }

  async run(): Promise<void> {
    await this.#fixture.topic('a', { maxMessages: 100_000, retention: this.#retention });
    await this.#join();
    for (let step = 0; step < STEPS; step++) {
      await this.#step();
      this.#compare();
    }
    await this.#drain();
  }

  async #step(): Promise<void> {
    const choice = this.#random(40);
    const tester = this.#testers[this.#random(this.#testers.length)];
    if (choice < 10) return this.#append();
    if (choice < 20) return this.#model.handOut(tester, await tester.counts(1 + this.#random(15)));
    if (choice < 28) return this.#ack(tester);
    if (choice < 32) return this.#nack(tester);
    if (choice < 35) return this.#release(tester);
    if (choice < 37) return this.#take();
    if (choice < 38) return this.#join();
    if (choice < 39) return this.#leave(tester);
    if (this.#random(4) === 0) return this.#purge();
    if (this.#canRestart) await this.#restart();
  }

  async #append(): Promise<void> {
    const messages = numbered(1 + this.#random(12)).map((text): TestMessage => {
      const key = this.#random(3) === 0 ? KEYS[this.#random(KEYS.length)] : undefined;
      const priority = this.#random(4) === 0 ? this.#random(10) : undefined;
      const attributes: MessageAttributes = { ...(key && { key }), ...(priority && { priority }) };
      this.#model.add(key);
      return [text, attributes];
    });
    await this.#fixture.store.append('a', messagesOf(...messages));
  }

  #some(tester: GroupTester): number[] {
    return this.#model.of(tester).filter(() => this.#random(2) === 0);
  }

  async #ack(tester: GroupTester): Promise<void> {
    const acked = this.#some(tester);
    await tester.member.ack(acked);
    for (const sequence of acked) this.#model.settle(sequence);
  }

  async #nack(tester: GroupTester): Promise<void> {
    const failed = this.#some(tester);
    await tester.member.nack(failed, 0);
    for (const sequence of failed) {
      this.#model.inFlight.delete(sequence);
      // One that was taken meanwhile does not come again.
      this.#model.failures.set(sequence, (this.#model.failures.get(sequence) ?? 0) + 1);
    }
    await tester.pass(0);
  }

  #release(tester: GroupTester): void {
    const released = this.#some(tester);
    tester.member.release(released);
    for (const sequence of released) this.#model.inFlight.delete(sequence);
  }

  async #take(): Promise<void> {
    const taken = await this.#fixture.store.take('a', 3);
    for (let index = 0; index < (taken?.messages.count ?? 0); index++) {
      this.#model.unacked.delete(taken!.firstSequence + index);
    }
  }

  async #purge(): Promise<void> {
    this.#lost += this.#model.unacked.size;
    await this.#fixture.store.purge('a');
    this.#model.unacked.clear();
  }

  async #join(): Promise<void> {
    const config = { maxDeliveries: 1000, ackDeadline: 1_000_000 };
    this.#testers.push(await GroupTester.join(this.#fixture, 'a', 'g', { config }));
  }

  async #leave(tester: GroupTester): Promise<void> {
    tester.member.leave();
    for (const sequence of this.#model.of(tester)) this.#model.inFlight.delete(sequence);
    this.#testers = this.#testers.filter((one) => one !== tester);
    if (this.#testers.length === 0) await this.#join();
  }

  async #restart(): Promise<void> {
    await this.#fixture.restart();
    this.#model.inFlight.clear();
    this.#testers = [];
    await this.#join();
  }

  #compare(): void {
    const { inFlight, unacked, keys } = this.#model;
    const { backlog, waiting, ...info } = this.#testers[0].info();
    const here = [...inFlight.keys()].filter((sequence) => unacked.has(sequence)).length;
    expect({ ...info, unsettled: backlog + waiting }).toMatchObject({
      inFlight: inFlight.size,
      unsettled: unacked.size - here,
      ackFloor: Math.min(keys.length, ...unacked),
      members: this.#testers.length,
      lost: this.#lost,
    });
    const { messages } = this.#fixture.store.describe('a')!;
    if (this.#retention === 'work-queue') expect(messages).toBe(unacked.size);
  }

  /** All that is left comes, and nothing else. */
  async #drain(): Promise<void> {
    const [tester, ...others] = this.#testers;
    for (const other of others) await this.#leave(other);
    await tester.member.ack(this.#model.of(tester));
    for (const sequence of this.#model.of(tester)) this.#model.settle(sequence);
    for (let page = await tester.counts(50); page.length > 0; page = await tester.counts(50)) {
      this.#model.handOut(tester, page);
      const sequences = page.map(([sequence]) => sequence);
      await tester.member.ack(sequences);
      for (const sequence of sequences) this.#model.settle(sequence);
    }
    expect([...this.#model.unacked]).toEqual([]);
    this.#compare();
  }
}

export function describeGroupModel(fixture: () => StoreFixture, survives: Survival): void {
  test.each([
    [1, 'limits'],
    [2, 'limits'],
    [3, 'work-queue'],
    [4, 'work-queue'],
  ] as const)('a group does as a plain model does (%i, %s)', (seed, retention) =>
    new GroupRun(fixture(), seed, retention, survives === 'all').run(),
  );
}
