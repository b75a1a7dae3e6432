import type { ServerOptions } from '@pochta/server';
import type { FailedDelivery } from '../transport/failure-channel';

type Observer = NonNullable<ServerOptions['observer']>;
type Delivered = Parameters<Observer['onDelivered']>[0];
type Settlement = Parameters<Observer['onSettled']>[0];

/** What happened to a message that a group has not acked. */
export interface Attempts {
  readonly sequence: number;
  readonly deliveries: number;
  /** Why the last delivery but the one under way failed; `undefined` when none has. */
  readonly failure: string | undefined;
}

/** What became of the deliveries to groups, since the broker was empty. */
export class DeliveryJournal implements Observer {
  readonly #groups = new Map<string, GroupJournal>();
  /** How much has happened. */
  #length = 0;

  get length(): number {
    return this.#length;
  }

  onDelivered({ topic, group, firstSequence, count, deliveryCount }: Delivered): void {
    this.#length++;
    const journal = this.#of(topic, group);
    for (let at = 0; at < count; at++) journal.delivered(firstSequence + at, deliveryCount);
  }

  onSettled(settlement: Settlement): void {
    this.#length++;
    this.#of(settlement.topic, settlement.group).settled(settlement);
  }

  /** Before the handler's failure is settled, and as far as it runs in this process. */
  onFailure({ topic, group, sequence, reason }: FailedDelivery): void {
    this.#of(topic, group).failed(sequence, reason);
  }

  /** How many messages the group has acked. */
  acked(topic: string, group: string): number {
    return this.#of(topic, group).acked;
  }

  /** Messages that were delivered and are neither acked nor terminated, in their order. */
  unsettled(topic: string, group: string): Attempts[] {
    return this.#of(topic, group).attempts;
  }

  clear(): void {
    this.#groups.clear();
  }

  /** No topic has a space in its name. */
  #of(topic: string, group: string): GroupJournal {
    const key = `${topic} ${group}`;
    let journal = this.#groups.get(key);
    if (journal === undefined) this.#groups.set(key, (journal = new GroupJournal()));
    return journal;
  }
}

interface Delivering {
  deliveries: number;
  open: boolean;
  failure: string | undefined;
  /** What the handler of the delivery that is open threw. */
  reason?: string;
}

class GroupJournal {
  acked = 0;
  readonly #unsettled = new Map<number, Delivering>();

  get attempts(): Attempts[] {
    return [...this.#unsettled]
      .map(([sequence, { deliveries, failure }]) => ({ sequence, deliveries, failure }))
      .sort((one, other) => one.sequence - other.sequence);
  }

  delivered(sequence: number, deliveries: number): void {
    const before = this.#unsettled.get(sequence);
    const unsaid = before?.open && deliveries > before.deliveries;
    const failure = unsaid ? 'its ack deadline passed' : before?.failure;
    this.#unsettled.set(sequence, { deliveries, open: true, failure });
  }

  failed(sequence: number, reason: string): void {
    const attempts = this.#unsettled.get(sequence);
    if (attempts !== undefined) attempts.reason = reason;
  }

  settled(settlement: Settlement): void {
    if (settlement.action === 'touch') return;
    for (const sequence of settlement.sequences) {
      const attempts = this.#unsettled.get(sequence);
      if (settlement.action === 'nack') {
        if (attempts !== undefined)
          Object.assign(attempts, { open: false, failure: failureOf(settlement, attempts.reason) });
        continue;
      }
      if (settlement.action === 'ack') this.acked++;
      this.#unsettled.delete(sequence);
    }
  }
}

function failureOf({ delay }: { readonly delay?: number }, reason: string | undefined): string {
  const nacked = delay === undefined ? 'nacked' : `nacked, to come again after ${delay} ms`;
  return reason === undefined ? nacked : `${nacked}: ${reason}`;
}
