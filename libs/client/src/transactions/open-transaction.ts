import {
  MAX_OPERATIONS,
  MAX_SEQUENCES,
  type AckFrame,
  type PublishFrame,
  type TransactionFrame,
} from '@pochta/protocol';
import { invalidArgument } from '../argument-checks';
import type { PublishIntake } from '../publish/publish-intake';
import type { PublishOptions, RawPublishOptions } from '../publish/publish-options';
import type { PreparedPublish } from '../publish/prepared-publish';
import type { Delivery } from '../subscriptions/groups/delivery';
import { GroupDelivery } from '../subscriptions/groups/group-delivery';
import type { Settlements } from '../subscriptions/groups/settlements';
import type { Transaction } from './transaction';

/** What a transaction needs of its client. */
export interface TransactionSources {
  readonly intake: PublishIntake;
  readonly settlements: Settlements;
  readonly freshMessageId: () => string;
}

/** A transaction that is being put together. The deliveries that it acks are its own until it has been answered. */
export class OpenTransaction implements Transaction {
  readonly #publishes: PublishFrame[] = [];
  /** By topic and group. */
  readonly #acks = new Map<string, GroupDelivery[]>();
  #operations = 0;
  #open = true;

  constructor(private readonly sources: TransactionSources) {}

  publish(topic: string, value: unknown, options?: PublishOptions): void {
    this.#add(this.sources.intake.prepare(topic, value, options));
  }

  publishRaw(topic: string, bytes: Uint8Array, options?: RawPublishOptions): void {
    this.#add(this.sources.intake.prepareRaw(topic, bytes, options));
  }

  ack(delivery: Delivery): void {
    if (!(delivery instanceof GroupDelivery) || !delivery.isOf(this.sources.settlements))
      throw invalidArgument('delivery', 'must be one that came to this client');
    const key = `${delivery.topic} ${delivery.group}`;
    const together = this.#acks.get(key) ?? [];
    if (together.length % MAX_SEQUENCES === 0) this.#checkRoom();
    else this.#checkOpen();
    delivery.claim();
    if (together.length % MAX_SEQUENCES === 0) this.#operations++;
    together.push(delivery);
    this.#acks.set(key, together);
  }

  get empty(): boolean {
    return this.#operations === 0;
  }

  /** Those that it acks. */
  get deliveries(): GroupDelivery[] {
    return [...this.#acks.values()].flat();
  }

  /** Whether all that it acks is of one topic and group, so that sequences alone name them. */
  get oneGroup(): boolean {
    return this.#acks.size === 1;
  }

  /** It takes no more. */
  close(): void {
    this.#open = false;
  }

  frame(id: number): TransactionFrame {
    return { action: 'transaction', id, operations: [...this.#publishes, ...this.#ackFrames()] };
  }

  *#ackFrames(): Iterable<AckFrame> {
    for (const together of this.#acks.values()) {
      const [{ topic, group }] = together;
      for (let from = 0; from < together.length; from += MAX_SEQUENCES) {
        const sequences = together.slice(from, from + MAX_SEQUENCES).map(({ sequence }) => sequence);
        yield { action: 'ack', topic, group, sequences };
      }
    }
  }

  #add({ topic, payload, attributes, messageId }: PreparedPublish): void {
    this.#checkRoom();
    this.#operations++;
    const { contentType, ...fields } = attributes ?? {};
    this.#publishes.push({
      action: 'publish',
      topic,
      message: { bytes: typeof payload === 'string' ? Buffer.from(payload) : payload, contentType },
      ...fields,
      messageId: messageId ?? this.sources.freshMessageId(),
    });
  }

  #checkRoom(): void {
    this.#checkOpen();
    if (this.#operations >= MAX_OPERATIONS)
      throw invalidArgument('operations', `must be at most ${MAX_OPERATIONS}`);
  }

  #checkOpen(): void {
    if (!this.#open) throw invalidArgument('operations', 'must be added before the transaction is sent');
  }
}
