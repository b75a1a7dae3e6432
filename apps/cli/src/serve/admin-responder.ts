import { Administration, browseText, type Broker, type Connection, type Outlet } from '@pochta/broker-core';
import { type ForwardedRequest, PochtaError } from '@pochta/protocol';
import { ADMIN_DTOS, ADMIN_VERBS, type AdminVerb, readAdminRequest } from '@pochta/protocol/dto';

type Request<Verb extends AdminVerb> = InstanceType<(typeof ADMIN_DTOS)[Verb]>;
type Answers = { readonly [Verb in AdminVerb]: (request: Request<Verb>) => unknown };

/** JSON text, which goes on the wire as it is: a value would lose digits. */
class JsonText {
  constructor(readonly text: string) {}
}

/** Answers the admin verbs, `$pochta.>`, as the Nest broker app does. */
export class AdminResponder implements Outlet {
  readonly writable = true;
  readonly #answers: Answers;
  #connection: Connection | undefined;

  constructor(private readonly broker: Broker) {
    this.#answers = answersOf(new Administration(broker));
  }

  open(): void {
    this.#connection = this.broker.connect(this, { name: 'administration', inProcess: true });
    for (const verb of Object.values(ADMIN_VERBS)) this.#connection.respond(verb);
  }

  request({ topic, correlationId, message }: ForwardedRequest): void {
    void this.#answer(topic as AdminVerb, message.bytes).then(
      (text) => this.#connection?.reply({ correlationId, message: { bytes: Buffer.from(text) } }),
      (error: unknown) => this.#connection?.reply({ correlationId, error: refusalOf(error) }),
    );
  }

  // Nothing to stop, and only a subscriber is sent the others.
  cancel(): void {}
  push(): void {}
  gap(): void {}
  failed(): void {}

  async #answer<Verb extends AdminVerb>(verb: Verb, bytes: Uint8Array): Promise<string> {
    const message: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const answer = await this.#answers[verb](readAdminRequest(verb, message));
    return answer instanceof JsonText ? answer.text : JSON.stringify(answer);
  }
}

function answersOf({ topics, groups, connections }: Administration): Answers {
  return {
    [ADMIN_VERBS.listTopics]: (request) => topics.list(request),
    [ADMIN_VERBS.createTopic]: ({ topic, policy }) => topics.create(topic, policy),
    [ADMIN_VERBS.updateTopic]: ({ topic, policy }) => topics.update(topic, policy),
    [ADMIN_VERBS.deleteTopic]: async ({ topic }) => {
      await topics.delete(topic);
      return { topic, deleted: true };
    },
    [ADMIN_VERBS.purgeTopic]: async ({ topic }) => ({ topic, purged: await topics.purge(topic) }),
    [ADMIN_VERBS.topicInfo]: ({ topic }) => topics.info(topic),
    [ADMIN_VERBS.browseTopic]: async ({ topic, from, limit }) =>
      new JsonText(browseText(await topics.browse(topic, { from, limit }))),
    [ADMIN_VERBS.redriveTopic]: ({ topic, origin, ...filter }) =>
      topics.redrive(topic, { ...filter, topic: origin }),
    [ADMIN_VERBS.listGroups]: ({ topic, limit, after }) => groups.list(topic, { limit, after }),
    [ADMIN_VERBS.groupInfo]: ({ topic, group }) => groups.info(topic, group),
    [ADMIN_VERBS.resetGroup]: ({ topic, group, from }) => groups.reset(topic, group, from),
    [ADMIN_VERBS.deleteGroup]: async ({ topic, group }) => {
      await groups.delete(topic, group);
      return { topic, group, deleted: true };
    },
    [ADMIN_VERBS.listConnections]: (request) => connections.list(request),
    [ADMIN_VERBS.closeConnection]: ({ connection }) => {
      connections.close(connection);
      return { connection, closed: true };
    },
  };
}

function refusalOf(error: unknown): { code: string; message: string } {
  if (error instanceof PochtaError) return { code: error.code, message: error.message };
  if (error instanceof SyntaxError) return { code: 'VALIDATION_FAILED', message: 'The message must be JSON' };
  return { code: 'INTERNAL', message: 'Internal error' };
}
