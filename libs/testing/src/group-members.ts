import type { Connection, GroupOptions, Settlement, SubscribeOptions } from '@pochta/broker-core';
import { atCleanup } from './cleanup';
import {
  batchOf,
  type RecordingOutlet,
  startCore,
  type TestCore,
  type TestCoreOptions,
} from './recording-outlet';

export interface GroupPeer {
  readonly connection: Connection;
  readonly outlet: RecordingOutlet;
}

/** Connections of a broker's core that are members of groups: of the group `g` of the topic `t`, unless told otherwise. */
export class GroupMembers {
  private constructor(readonly core: TestCore) {}

  /** With a core of their own, which runs until `cleanUp`. */
  static async start(options?: TestCoreOptions): Promise<GroupMembers> {
    const core = await startCore(options);
    atCleanup(() => core.stop());
    return new GroupMembers(core);
  }

  connect(): GroupPeer {
    return this.core.connect();
  }

  /** Subscribes, and starts. */
  async join(
    group: Partial<GroupOptions> = {},
    options: Partial<SubscribeOptions> = {},
    peer: GroupPeer = this.connect(),
  ): Promise<GroupPeer> {
    (await peer.connection.subscribe({ topic: 't', ...options, group: { name: 'g', ...group } })).start();
    return peer;
  }

  async publish(topic: string, ...values: unknown[]): Promise<void> {
    await this.connect().connection.publish(topic, batchOf(...values));
  }

  ack({ connection }: GroupPeer, sequences: readonly number[], topic = 't', group = 'g'): Promise<void> {
    return connection.settle({ action: 'ack', topic, group, sequences });
  }

  settle({ connection }: GroupPeer, settlement: WithoutGroup<Settlement>): Promise<void> {
    return connection.settle({ topic: 't', group: 'g', ...settlement });
  }

  /** Waits until what had been on its way to members has come, or does not come. */
  async quiet(): Promise<void> {
    const probe = await this.join({}, { topic: 'quiet' });
    await this.publish('quiet', 1);
    await probe.outlet.received(1);
    await this.ack(probe, probe.outlet.sequences(), 'quiet');
    probe.connection.close();
  }
}

type WithoutGroup<T> = T extends unknown ? Omit<T, 'topic' | 'group'> : never;
