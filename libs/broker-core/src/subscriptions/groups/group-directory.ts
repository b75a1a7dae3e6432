import type { BrokerLimits } from '../../limits';
import { GroupHub } from './group-hub';
import { ShareTurns } from './share-turns';

/** The groups that have members on this broker. */
export class GroupDirectory {
  /** By topic, then by group. */
  readonly #hubs = new Map<string, Map<string, GroupHub>>();
  readonly #turns = new ShareTurns();

  constructor(
    private readonly limits: BrokerLimits,
    /** Whether nothing is handed out any more. */
    private readonly closing: () => boolean,
  ) {}

  /** The hub of an existing group. It is forgotten when its last member leaves. */
  hub(topic: string, group: string): GroupHub {
    let hubs = this.#hubs.get(topic);
    if (hubs === undefined) this.#hubs.set(topic, (hubs = new Map()));
    let hub = hubs.get(group);
    if (hub === undefined) {
      hub = new GroupHub({
        pageMessages: this.limits.pageMessages,
        closing: this.closing,
        turns: this.#turns,
        onUnused: () => this.#forget(topic, group),
      });
      hubs.set(group, hub);
    }
    return hub;
  }

  onTopicDeleted(topic: string): void {
    for (const hub of this.#hubs.get(topic)?.values() ?? []) hub.onTopicDeleted();
  }

  /** Members of groups that ended with the topic join again. */
  onTopicCreated(topic: string): void {
    for (const hub of [...(this.#hubs.get(topic)?.values() ?? [])]) hub.onTopicCreated();
  }

  #forget(topic: string, group: string): void {
    const hubs = this.#hubs.get(topic);
    hubs?.delete(group);
    if (hubs?.size === 0) this.#hubs.delete(topic);
  }
}
