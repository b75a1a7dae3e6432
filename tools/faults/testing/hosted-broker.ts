import { startBroker, type StartedBroker } from '@pochta/testing';
import { freePort } from '@pochta/testing/ports';
import type { MessageStore } from '@pochta/storage-contract';
import type { BrokerUnderTest } from '../src/broker/broker-under-test';
import { policies, type TopicPlan } from '../src/plan/topics';

/** What a store does otherwise than it should. Gets the store as it is. */
export type Sabotage = (store: MessageStore) => Partial<MessageStore>;

/**
 * A broker in the test's own process, whose store is broken. It is not killed but stopped, and its clock stays as it
 * is. A test's `cleanUp` stops it.
 */
export class HostedBroker implements BrokerUnderTest {
  readonly crash = new Promise<string>(() => undefined);
  readonly said = '';
  readonly lingers = true;
  #broker: StartedBroker | undefined;

  private constructor(
    readonly port: number,
    private readonly topics: readonly TopicPlan[],
    private readonly sabotage: Sabotage,
  ) {}

  static async prepare(topics: readonly TopicPlan[], sabotage: Sabotage): Promise<HostedBroker> {
    return new HostedBroker(await freePort(), topics, sabotage);
  }

  async start(): Promise<void> {
    if (this.#broker !== undefined) return this.#broker.restart();
    this.#broker = await startBroker({
      port: this.port,
      engine: 'lmdb',
      administration: true,
      topics: policies(this.topics),
      drainTimeout: 1,
      stopTimeout: 50,
      prepare: ({ broker: { store } }) => {
        // Whatever calls the store from now on calls this.
        Object.assign(store, this.sabotage(bound(store)));
      },
    });
  }

  /** `start` stops the one that runs. */
  async kill(): Promise<void> {
    await this.#broker?.server.stop();
  }

  setClock(): Promise<void> {
    return Promise.resolve();
  }

  async remove(): Promise<void> {
    await this.#broker?.stop();
  }
}

/** The store's own methods, which stay what they are when others take their place. */
function bound(store: MessageStore): MessageStore {
  return new Proxy(Object.create(null) as MessageStore, {
    get(methods, name) {
      const key = name as keyof MessageStore;
      const own: unknown =
        (methods[key] as unknown) ?? Reflect.get(Object.getPrototypeOf(store) as object, key, store);
      return typeof own === 'function' ? (own.bind(store) as unknown) : own;
    },
  });
}
