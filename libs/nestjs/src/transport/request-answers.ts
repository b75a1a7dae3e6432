import type { MessageHandler } from '@nestjs/microservices';
import type { Client, IncomingRequest, Reply, Responder } from '@pochta/client';
import type { HandlerListener } from '../handlers/handler';
import { ReplyParts } from '../handlers/reply-parts';
import type { Consumer } from './consumer';
import { termination, textOf } from './failure';
import { type Counts, noCounts } from './handler-counts';
import { runHandler, withValue } from './handler-run';
import type { HandlingEnvironment } from './message-handling';
import { PochtaContext } from './pochta-context';
import { ReplyWriter } from './reply-writer';
import { requestError } from './request-error';

const nothing = (): void => undefined;

/** A `@MessagePattern` handler as the responder of its topic. */
export class RequestAnswers implements Consumer {
  running = 0;
  readonly place: string;
  readonly #counts: Counts;
  #responder: Responder | undefined;

  constructor(
    private readonly topic: string,
    private readonly handler: MessageHandler,
    private readonly environment: HandlingEnvironment,
  ) {
    this.place = `@MessagePattern('${topic}')`;
    this.#counts = noCounts(topic);
  }

  get counts(): readonly Counts[] {
    return [this.#counts];
  }

  async open(client: Client): Promise<void> {
    const { signal } = this.environment;
    const answer = (request: IncomingRequest, reply: Reply) => this.#answer(request, reply);
    this.#responder = await client.respondWith(this.topic, answer, { signal });
  }

  async close(): Promise<void> {
    await this.#responder?.stop();
  }

  #answer(request: IncomingRequest, reply: Reply): void {
    const { connection, logger } = this.environment;
    const codec = connection.codecs.forTopic(this.topic);
    const parts = new ReplyParts(
      new ReplyWriter(this.topic, codec, reply, (error) => {
        this.#counts.failed++;
        return requestError(error, logger);
      }),
    );
    this.running++;
    let stop = nothing;
    const listener: HandlerListener = {
      next: (value) => parts.next(value),
      error: (error) => {
        this.running--;
        parts.error(error);
      },
      complete: () => {
        this.running--;
        // It is over when a value could not be encoded.
        if (!reply.over) this.#counts.handled++;
        parts.complete();
      },
    };
    reply.onCancel(() => {
      this.running--;
      parts.stop();
      stop();
    });
    stop = this.#decode(request, listener);
  }

  /** Gives what stops it. */
  #decode(request: IncomingRequest, listener: HandlerListener): () => void {
    let stop = nothing;
    let stopped = false;
    withValue(
      this.environment.connection.codecs,
      request,
      (value) => {
        if (!stopped) stop = this.#run(request, value, listener);
      },
      (error) => {
        if (!stopped) listener.error(badRequest(error));
      },
    );
    return () => {
      stopped = true;
      stop();
    };
  }

  #run(request: IncomingRequest, value: unknown, listener: HandlerListener): () => void {
    const { call, connection } = this.environment;
    const { telemetry } = connection;
    const context = new PochtaContext(request);
    const size = request.bytes.length;
    const span = telemetry.enabled
      ? telemetry.incoming({ type: 'respond', topic: this.topic, size }, request.headers)
      : undefined;
    return runHandler(call, { handler: this.handler, value, context, facts: context, span }, listener);
  }
}

/** As a pipe would refuse it under Nest's own transports. */
function badRequest(error: unknown): object {
  return { status: 'error', message: termination(`the payload cannot be read: ${textOf(error)}`).reason };
}
