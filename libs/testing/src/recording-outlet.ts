import {
  Broker,
  type BrokerOptions,
  type Connection,
  type OutgoingBatch,
  type Hole,
  type Outlet,
  type SubscribedTopic,
} from '@pochta/broker-core';
import {
  DEFAULT_TOPIC_POLICY,
  MessageBatchBuilder,
  type ForwardedCancel,
  type MessageBatch,
  type PochtaError,
  type ForwardedRequest,
  type TopicPolicy,
} from '@pochta/protocol';
import { MemoryStore } from '@pochta/storage-memory';
import { eventually } from './eventually';

/** One message, or one gap, as it was pushed. */
export interface Recorded {
  readonly topic: string;
  readonly sequence: number;
  readonly text: string;
  /** The consumer group whose member got it. */
  readonly group?: string;
  /** How often it has been delivered in that group. */
  readonly deliveryCount?: number;
}

/** An outlet in the test's process: writes down what it is given, and can be closed for a while. */
export class RecordingOutlet implements Outlet {
  writable = true;
  overloaded = false;
  swamped = false;
  readonly pushed: Recorded[] = [];
  readonly gaps: (Hole & { readonly topic: string })[] = [];
  readonly requests: ForwardedRequest[] = [];
  readonly cancels: ForwardedCancel[] = [];
  readonly failures: PochtaError[] = [];
  /** Called after each push, for instance to close the outlet. */
  onPush: ((outgoing: OutgoingBatch) => void) | undefined;

  push(outgoing: OutgoingBatch, subscription: SubscribedTopic): void {
    if (!this.writable) throw new Error('pushed to an outlet that is not writable');
    const { batch, deliveryCount } = outgoing;
    const { topic, style } = subscription;
    for (let index = 0; index < batch.messages.count; index++) {
      const text = Buffer.from(batch.messages.payload(index)).toString('utf8');
      const sequence = batch.firstSequence + index;
      this.pushed.push({ topic, sequence, text, group: style.group, deliveryCount });
    }
    this.onPush?.(outgoing);
  }

  gap(hole: Hole, subscription: SubscribedTopic): void {
    this.gaps.push({ ...hole, topic: subscription.topic });
  }

  request(request: ForwardedRequest): void {
    this.requests.push(request);
  }

  cancel(cancel: ForwardedCancel): void {
    this.cancels.push(cancel);
  }

  failed(error: PochtaError): void {
    this.failures.push(error);
  }

  /** Texts of what was pushed, of one topic or of all. */
  texts(topic?: string): string[] {
    return this.pushed.filter((one) => topic === undefined || one.topic === topic).map((one) => one.text);
  }

  /** Sequences of what was pushed, of one topic or of all. */
  sequences(topic?: string): number[] {
    return this.pushed.filter((one) => topic === undefined || one.topic === topic).map((one) => one.sequence);
  }

  /** Waits until a message has been delivered to a member of a group for the given time. */
  async delivered(sequence: number, deliveryCount: number): Promise<void> {
    const isIt = (one: Recorded): boolean => one.sequence === sequence && one.deliveryCount === deliveryCount;
    await eventually(() => this.pushed.some(isIt), `delivery ${deliveryCount} of message ${sequence}`);
  }

  /** Waits until so many messages have been pushed. */
  async received(count: number): Promise<void> {
    await eventually(() => this.pushed.length >= count, `${count} pushes (${this.pushed.length} came)`);
  }
}

/** A broker's core over the memory engine, without sockets. */
export interface TestCore {
  readonly store: MemoryStore;
  readonly broker: Broker;
  connect(outlet?: RecordingOutlet): { readonly connection: Connection; readonly outlet: RecordingOutlet };
  stop(): Promise<void>;
}

export interface TestCoreOptions extends Partial<Omit<BrokerOptions, 'store'>> {
  /** Policy of all topics, on top of the default one. */
  readonly policy?: Partial<TopicPolicy>;
  /** Called before the broker opens. */
  readonly prepare?: (broker: Broker) => void;
}

export async function startCore({ policy, prepare, ...options }: TestCoreOptions = {}): Promise<TestCore> {
  const store = new MemoryStore();
  await store.open();
  const all: TopicPolicy = { ...DEFAULT_TOPIC_POLICY, maxMessages: 1_000_000, ...policy };
  const broker = new Broker({ policyFor: () => all, ...options, store });
  prepare?.(broker);
  await broker.open();
  return {
    store,
    broker,
    connect: (outlet = new RecordingOutlet()) => ({
      connection: broker.connect(outlet, { name: 'test' }),
      outlet,
    }),
    stop: async () => {
      await broker.close();
      await store.close();
    },
  };
}

/** A batch of JSON payloads. */
export function batchOf(...values: unknown[]): MessageBatch {
  const builder = new MessageBatchBuilder();
  for (const value of values) {
    const bytes = Buffer.from(JSON.stringify(value));
    builder.add(bytes, 0, bytes.length);
  }
  return builder.build();
}
