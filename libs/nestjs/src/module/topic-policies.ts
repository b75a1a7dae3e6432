import type { Logger } from '@nestjs/common';
import type { Client } from '@pochta/client';
import { ADMIN_VERBS, PochtaError, type TopicPolicy } from '@pochta/protocol';
import { loggerOf } from '../connections/connection-logger';
import type { PochtaConnection } from '../connections/pochta-connection';
import { errorText } from '../logging/error-text';
import type { NamedTopic } from '../topics/topic-definition';

/** ms that the broker may take for one topic. */
const TIMEOUT = 5000;

/**
 * Creates topics with the policies of their definitions before anything else happens on a connection, or updates those that
 * are there; after a lost connection it only creates what is missing, since somebody may have changed a policy by hand.
 */
export class TopicPolicies {
  readonly #logger: Logger;
  /** Names of those that are as declared. */
  readonly #done = new Set<string>();

  constructor(
    private readonly connection: PochtaConnection,
    private readonly topics: readonly NamedTopic[],
  ) {
    this.#logger = loggerOf(connection.name);
  }

  /** Resolves when that is done on the present client, if there is one. */
  async keep(): Promise<void> {
    if (this.topics.length === 0) return;
    await this.connection.prepare(async (client) => {
      client.on('reconnected', () => void this.#declareAll(client));
      await this.#declareAll(client);
    });
  }

  /** Never rejects: what the broker refuses is logged, and tried again on the next connection. */
  async #declareAll(client: Client): Promise<void> {
    await Promise.all(
      this.topics.map(async (topic) => {
        const name = this.connection.topicName(topic);
        try {
          await this.#declare(client, name, topic.policy ?? {});
          this.#done.add(name);
        } catch (error) {
          this.#logger.warn(`The topic ${name} could not be declared: ${reasonOf(error)}`);
        }
      }),
    );
  }

  async #declare(client: Client, topic: string, policy: Partial<TopicPolicy>): Promise<void> {
    const options = { timeout: TIMEOUT };
    try {
      await client.request(ADMIN_VERBS.createTopic, { topic, policy }, options);
    } catch (error) {
      if (!(error instanceof PochtaError) || error.code !== 'TOPIC_EXISTS') throw error;
      if (!this.#done.has(topic)) await client.request(ADMIN_VERBS.updateTopic, { topic, policy }, options);
    }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof PochtaError && error.code === 'NO_RESPONDERS')
    return 'the broker takes no requests of administration (NO_RESPONDERS)';
  return errorText(error);
}
