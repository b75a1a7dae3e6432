import type { GapReason, MessageAttributes, TopicPolicy } from '@pochta/protocol';

/** A message as the model keeps it. */
export interface ModelMessage {
  readonly text: string;
  readonly attributes?: MessageAttributes;
  readonly id?: string;
}

interface Held extends ModelMessage {
  readonly sequence: number;
  readonly timestamp: number;
  /** Which append it came with. */
  readonly batch: number;
}

export interface ModelResult {
  readonly firstSequence: number;
  readonly stored: number;
  readonly repeats: number;
  readonly delayed: number;
  /** Indices. */
  readonly refused: readonly number[];
}

const STARVATION_TURN = 16;

/** What a topic is meant to do, in the plainest way: lists that are looked through from end to end. */
export class TopicModel {
  held: Held[] = [];
  waiting: (ModelMessage & { readonly due: number })[] = [];
  readonly reasons = new Map<number, GapReason>();
  nextSequence = 1;
  #ids = new Set<string>();
  #batch = 0;
  #passedOver = 0;

  constructor(public policy: TopicPolicy) {}

  get bytes(): number {
    return bytesOf(this.held);
  }

  get delayedBytes(): number {
    return bytesOf(this.waiting);
  }

  append(messages: readonly ModelMessage[], now: number): ModelResult {
    const ready: ModelMessage[] = [];
    const waiting: (ModelMessage & { due: number })[] = [];
    const refused: number[] = [];
    let repeats = 0;
    messages.forEach((message, index) => {
      const due = message.attributes?.deliverAt ?? 0;
      const fits = this.#fits(message, ready, waiting, refused.length > 0);
      if (message.id !== undefined && this.#ids.has(message.id)) repeats++;
      else if (!fits) refused.push(index);
      else {
        if (message.id !== undefined) this.#ids.add(message.id);
        if (due > now) waiting.push({ ...message, due });
        else ready.push(message);
      }
    });
    const firstSequence = ready.length === 0 ? 0 : this.nextSequence;
    this.waiting.push(...waiting);
    this.#store(ready, now);
    return { firstSequence, stored: ready.length, repeats, delayed: waiting.length, refused };
  }

  take(count: number): readonly Held[] {
    if (this.held.length === 0) return [];
    const highest = Math.max(...this.held.map(priorityOf));
    const best = this.held.findIndex((one) => priorityOf(one) === highest);
    this.#passedOver = best === 0 ? 0 : this.#passedOver + 1;
    const starved = this.#passedOver === STARVATION_TURN;
    if (starved) this.#passedOver = 0;
    const start = starved ? 0 : best;
    let end = start + 1;
    while (!starved && end - start < count && follows(this.held[end - 1], this.held[end])) end++;
    const taken = this.held.slice(start, end);
    for (const one of taken) this.#remove(one, 'taken');
    return taken;
  }

  purge(): number {
    const count = this.held.length + this.waiting.length;
    for (const one of this.held) this.reasons.set(one.sequence, 'purged');
    this.held = [];
    this.waiting = [];
    return count;
  }

  update(policy: TopicPolicy, now: number): void {
    this.policy = policy;
    this.#expire(now);
    this.#dropOverflow();
  }

  /** What happens by itself until `now`. */
  pass(now: number): void {
    this.#expire(now);
    const due = this.waiting.filter((one) => one.due <= now).sort((one, other) => one.due - other.due);
    this.waiting = this.waiting.filter((one) => one.due > now);
    this.#store(due, now);
    this.#expire(now);
  }

  restart(): void {
    this.#passedOver = 0;
  }

  #fits(
    message: ModelMessage,
    ready: readonly ModelMessage[],
    waiting: readonly ModelMessage[],
    full: boolean,
  ): boolean {
    const reject = this.policy.overflow === 'reject';
    const counted = [...this.waiting, ...waiting, ...(reject ? [...this.held, ...ready] : [])];
    if (reject && full) return false;
    return (
      counted.length < this.policy.maxMessages &&
      bytesOf(counted) + message.text.length <= this.policy.maxBytes
    );
  }

  #store(messages: readonly ModelMessage[], timestamp: number): void {
    this.#batch++;
    for (const { text, attributes } of messages) {
      const { deliverAt: _, ...rest } = attributes ?? {};
      this.held.push({
        text,
        attributes: rest,
        sequence: this.nextSequence++,
        timestamp,
        batch: this.#batch,
      });
    }
    if (this.policy.compact) this.#compact();
    this.#dropOverflow();
  }

  #compact(): void {
    for (const one of this.held) {
      const key = one.attributes?.key;
      const isReplaced = (other: Held) => other.attributes?.key === key && other.sequence > one.sequence;
      if (key !== undefined && this.held.some(isReplaced)) this.#remove(one, 'compacted');
    }
  }

  #dropOverflow(): void {
    if (this.policy.overflow === 'reject') return;
    const { maxMessages, maxBytes } = this.policy;
    const tooMuch = () =>
      this.held.length + this.waiting.length > maxMessages || this.bytes + this.delayedBytes > maxBytes;
    while (this.held.length > 0 && tooMuch()) this.#remove(this.held[0], 'overflow');
  }

  #expire(now: number): void {
    for (const one of this.held) {
      const ttl = one.attributes?.ttl;
      if (one.timestamp + this.policy.maxAge <= now) this.#remove(one, 'age');
      else if (ttl !== undefined && one.timestamp + ttl <= now) this.#remove(one, 'expired');
    }
  }

  #remove(message: Held, reason: GapReason): void {
    this.reasons.set(message.sequence, reason);
    this.held = this.held.filter((one) => one !== message);
  }
}

function priorityOf({ attributes }: ModelMessage): number {
  return attributes?.priority ?? 0;
}

/** Whether they may be taken together. */
function follows(one: Held, next: Held | undefined): boolean {
  if (next === undefined || next.batch !== one.batch || next.sequence !== one.sequence + 1) return false;
  return priorityOf(one) === priorityOf(next);
}

function bytesOf(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, { text }) => sum + text.length, 0);
}
