import { Administration, type Broker, type Connection, type Outlet } from '@pochta/broker-core';
import { type ForwardedRequest, PochtaError } from '@pochta/protocol';
import { type ADMIN_DTOS, ADMIN_VERBS, type AdminVerb, readAdminRequest } from '@pochta/protocol/dto';
import { AdminAnswers } from './admin-answers';
import { JsonText } from './json-text';

type Answers = {
  readonly [Verb in AdminVerb]: (request: InstanceType<(typeof ADMIN_DTOS)[Verb]>) => unknown;
};

/** Answers the admin verbs, `$pochta.>`, until the broker ends its connections. */
export class AdminResponder implements Outlet {
  readonly writable = true;
  readonly #answers: Answers;
  #connection: Connection | undefined;

  constructor(private readonly broker: Broker) {
    this.#answers = new AdminAnswers(new Administration(broker));
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

  async #answer(verb: AdminVerb, bytes: Uint8Array): Promise<string> {
    const request = readAdminRequest(verb, JSON.parse(Buffer.from(bytes).toString('utf8')));
    const answer = await this.#answers[verb](request as never);
    return answer instanceof JsonText ? answer.text : JSON.stringify(answer);
  }
}

function refusalOf(error: unknown): { code: string; message: string } {
  if (error instanceof PochtaError) return { code: error.code, message: error.message };
  if (error instanceof SyntaxError) return { code: 'VALIDATION_FAILED', message: 'The message must be JSON' };
  return { code: 'INTERNAL', message: 'Internal error' };
}
