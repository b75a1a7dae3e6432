import type { ConsumerGroup, Delivery, GroupInfo, GroupMember, GroupOptions } from '../src/consumer-group';
import type { Hole } from '../src/message-store';
import { tailsTold, textsOf, type StoreFixture } from './store-fixture';

/** A member of a group, with what it heard. */
export class GroupTester {
  /** What its listener was told, in order: `ready`, `closed`. */
  readonly heard: string[] = [];
  readonly group: ConsumerGroup;
  readonly member: GroupMember;
  readonly #fixture: StoreFixture;

  private constructor(fixture: StoreFixture, group: ConsumerGroup) {
    this.#fixture = fixture;
    this.group = group;
    this.member = group.join({
      onReady: () => this.heard.push('ready'),
      onClosed: () => this.heard.push('closed'),
    });
  }

  static async join(
    fixture: StoreFixture,
    topic: string,
    group: string,
    options: GroupOptions = {},
  ): Promise<GroupTester> {
    return new GroupTester(fixture, await fixture.store.openGroup(topic, group, options));
  }

  /** One fetch: what it was given, and the holes. */
  async fetch(maxMessages = 1000, maxBytes = 1 << 20): Promise<{ deliveries: Delivery[]; holes: Hole[] }> {
    const { deliveries, holes } = await this.member.fetch(maxMessages, maxBytes);
    return { deliveries: [...deliveries], holes: [...holes] };
  }

  /** One fetch: the payloads. */
  async texts(maxMessages = 1000, maxBytes = 1 << 20): Promise<string[]> {
    const { deliveries } = await this.member.fetch(maxMessages, maxBytes);
    return textsOf(deliveries.map(({ batch }) => batch));
  }

  /** One fetch: each message's sequence and delivery count. */
  async counts(maxMessages = 1000): Promise<[sequence: number, deliveryCount: number][]> {
    const { deliveries } = await this.member.fetch(maxMessages, 1 << 20);
    return deliveries.flatMap(({ batch: { firstSequence, messages }, deliveryCount }) =>
      Array.from(
        { length: messages.count },
        (_, index) => [firstSequence + index, deliveryCount] as [number, number],
      ),
    );
  }

  info(): GroupInfo {
    return this.#fixture.store.groups(this.group.topic).find(({ name }) => name === this.group.name)!;
  }

  /** Lets time pass, and what is done then by itself. */
  async pass(ms: number): Promise<void> {
    this.#fixture.clock.advance(ms);
    await this.settled();
  }

  /** Resolves when what the store does by itself now is done and told. */
  async settled(): Promise<void> {
    const { store } = this.#fixture;
    // A commit of its own comes after those that are under way.
    await store.openReader(this.group.topic, 'new').catch(() => undefined);
    await tailsTold();
  }
}
