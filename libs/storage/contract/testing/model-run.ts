import type { MessageAttributes, TopicPolicy } from '@pochta/protocol';
import { isHole, type Tail } from '../src/message-store';
import { messagesOf } from './messages';
import { tailsTold, textsOf, type StoreFixture } from './store-fixture';
import { TopicModel, type ModelMessage } from './topic-model';

const TOPIC = 'model';
/** Commits in which a store must have done what is due. */
const COMMITS = 100;

/** What a run may do beside the store's own verbs. */
export interface RunOptions {
  /** The store keeps its messages over a restart. */
  readonly restarts: boolean;
  /** Makes commits fail, or not any more: with nothing of them done. */
  readonly fail?: (areFailing: boolean) => void;
}

/** Does at random, but the same for one seed, what can be done to a topic, and compares the store with a plain model. */
export class ModelRun {
  readonly #fixture: StoreFixture;
  readonly #options: RunOptions;
  #random: number;
  #model!: TopicModel;
  #told: number[] = [];
  #toldFrom = 1;
  #tail: Tail | undefined;
  #ids = 0;

  constructor(fixture: StoreFixture, seed: number, options: RunOptions) {
    this.#fixture = fixture;
    this.#random = seed * 2654435761;
    this.#options = options;
  }

  async run(steps: number): Promise<void> {
    const policy = this.#fixture.policy({ ...this.#limits(), compact: this.#chance(0.3) });
    await this.#fixture.store.createTopic(TOPIC, policy);
    this.#model = new TopicModel(policy);
    this.#listen();
    for (let step = 0; step < steps; step++) {
      await this.#step();
      await this.#compare();
    }
  }

  async #step(): Promise<void> {
    const kind = this.#below(20);
    if (kind < 4) return this.#pass();
    if (kind === 4 && this.#options.restarts) return this.#restart();
    if (kind === 5 && this.#options.fail) return this.#fail();
    // Calls of one turn, which are one commit.
    const checks: Promise<void>[] = [];
    for (let call = this.#below(4); call >= 0; call--) checks.push(this.#call());
    await Promise.all(checks);
  }

  #call(): Promise<void> {
    const kind = this.#below(40);
    if (kind === 0) return this.#purge();
    if (kind === 1) return this.#update();
    return kind < 22 ? this.#append() : this.#take();
  }

  async #append(): Promise<void> {
    const messages = Array.from({ length: 1 + this.#below(this.#chance(0.1) ? 30 : 5) }, () =>
      this.#message(),
    );
    const expected = this.#model.append(messages, this.#fixture.time);
    const batch = messagesOf(...messages.map(({ text, attributes, id }) => [text, attributes, id] as const));
    const { refusals = [], ...result } = await this.#fixture.store.append(TOPIC, batch);
    expect({ ...result, refused: refusals.map(({ index }) => index) }).toEqual(expected);
  }

  async #take(): Promise<void> {
    const count = 1 + this.#below(4);
    const expected = this.#model.take(count);
    const taken = await this.#fixture.store.take(TOPIC, count);
    expect(taken?.firstSequence).toBe(expected.at(0)?.sequence);
    expect(textsOf(taken === undefined ? [] : [taken])).toEqual(expected.map(({ text }) => text));
  }

  async #purge(): Promise<void> {
    const expected = this.#model.purge();
    expect(await this.#fixture.store.purge(TOPIC)).toBe(expected);
  }

  async #update(): Promise<void> {
    const policy: TopicPolicy = { ...this.#model.policy, ...this.#limits() };
    this.#model.update(policy, this.#fixture.time);
    await this.#fixture.store.updateTopic(TOPIC, policy);
  }

  async #pass(): Promise<void> {
    this.#fixture.clock.advance(1 + this.#below(40));
    this.#model.pass(this.#fixture.time);
    await this.#settle();
  }

  async #restart(): Promise<void> {
    await this.#compareTold();
    await this.#fixture.restart();
    this.#model.restart();
    this.#listen();
    await this.#settle();
  }

  /** All calls of a commit that fails are refused, and nothing has changed. */
  async #fail(): Promise<void> {
    const { store } = this.#fixture;
    this.#options.fail!(true);
    const messages = Array.from({ length: 3 }, () => this.#message());
    const batch = messagesOf(...messages.map(({ text, attributes, id }) => [text, attributes, id] as const));
    const calls = [store.append(TOPIC, batch), store.take(TOPIC, 2), store.append(TOPIC, batch)];
    if (this.#chance(0.3)) calls.push(store.purge(TOPIC) as never, store.append(TOPIC, batch));
    const results = await Promise.allSettled(calls);
    this.#options.fail!(false);
    expect(results.map(({ status }) => status)).toEqual(calls.map(() => 'rejected'));
  }

  /** Waits until the store has done what is due. */
  async #settle(): Promise<void> {
    const { held, waiting } = this.#model;
    for (let commit = 0; commit < COMMITS; commit++) {
      const info = this.#fixture.store.describe(TOPIC)!;
      if (info.messages === held.length && info.delayed === waiting.length) return;
      // Comes behind what the store itself has put into its queue.
      await this.#fixture.store.openReader(TOPIC, 'new');
      await tailsTold();
    }
  }

  async #compare(): Promise<void> {
    const { held, waiting, nextSequence, bytes, delayedBytes } = this.#model;
    expect(this.#fixture.store.describe(TOPIC)).toMatchObject({
      firstSequence: held.at(0)?.sequence ?? nextSequence,
      nextSequence,
      messages: held.length,
      bytes,
      delayed: waiting.length,
      delayedBytes,
    });
    await this.#compareReader('earliest', held.at(0)?.sequence ?? nextSequence);
    const start = 1 + this.#below(nextSequence);
    await this.#compareReader({ sequence: start }, start);
    await this.#compareTold();
  }

  async #compareReader(from: 'earliest' | { sequence: number }, start: number): Promise<void> {
    const reader = await this.#fixture.store.openReader(TOPIC, from);
    const found: unknown[] = [];
    let position = start;
    for (let page = await reader.fetch(7, 100); page.length > 0; page = await reader.fetch(7, 100)) {
      for (const entry of page) {
        if (isHole(entry)) {
          expect(entry.from).toBe(position);
          const inside = entry.from >= (this.#model.held.at(0)?.sequence ?? Infinity);
          if (inside) expect(entry.reason).toBe(this.#model.reasons.get(entry.from));
          position = entry.to + 1;
          continue;
        }
        expect(entry.firstSequence).toBe(position);
        textsOf([entry]).forEach((text, index) => {
          const attributes = entry.messages.attributes?.[index] ?? {};
          found.push({ sequence: entry.firstSequence + index, text, attributes, timestamp: entry.timestamp });
        });
        position += entry.messages.count;
      }
    }
    expect(position).toBe(this.#model.nextSequence);
    const expected = this.#model.held.filter(({ sequence }) => sequence >= start);
    expect(found).toEqual(
      expected.map(({ sequence, text, attributes, timestamp }) => ({
        sequence,
        text,
        attributes,
        timestamp,
      })),
    );
  }

  #listen(): void {
    this.#tail?.close();
    this.#told = [];
    this.#toldFrom = this.#model.nextSequence;
    this.#tail = this.#fixture.store.tail(TOPIC, {
      onCommit: ({ firstSequence, messages }) => {
        for (let index = 0; index < messages.count; index++) this.#told.push(firstSequence + index);
      },
    });
  }

  /** Every message was told once, in order. */
  async #compareTold(): Promise<void> {
    await tailsTold();
    const count = this.#model.nextSequence - this.#toldFrom;
    expect(this.#told).toEqual(Array.from({ length: count }, (_, index) => this.#toldFrom + index));
  }

  #message(): ModelMessage {
    const attributes: { -readonly [name in keyof MessageAttributes]: MessageAttributes[name] } = {};
    if (this.#chance(0.3)) attributes.key = `k${this.#below(6)}`;
    if (this.#chance(0.3)) attributes.priority = this.#below(10);
    if (this.#chance(0.25)) attributes.ttl = 1 + this.#below(100);
    if (this.#chance(0.15)) attributes.deliverAt = this.#fixture.time + this.#below(60) - 10;
    const some = Object.keys(attributes).length > 0;
    const id = this.#chance(0.3) ? `p-${this.#chance(0.3) ? this.#below(20) : 100 + this.#ids++}` : undefined;
    return { text: 'x'.repeat(this.#below(6)), attributes: some ? attributes : undefined, id };
  }

  #limits(): Partial<TopicPolicy> {
    return {
      maxMessages: 5 + this.#below(60),
      maxBytes: this.#chance(0.5) ? Number.MAX_SAFE_INTEGER : 20 + this.#below(100),
      maxAge: this.#chance(0.6) ? Number.MAX_SAFE_INTEGER : 20 + this.#below(200),
      overflow: this.#chance(0.5) ? 'reject' : 'drop-oldest',
    };
  }

  #chance(probability: number): boolean {
    return this.#below(1000) < probability * 1000;
  }

  /** A number from 0 up to, but without, `end`: mulberry32. */
  #below(end: number): number {
    this.#random = (this.#random + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#random ^ (this.#random >>> 15), 1 | this.#random);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }
}
