import type { MessageHandler } from '@nestjs/microservices';
import type { Client, IncomingRequest, Responder } from '@pochta/client';
import { type ReplyOutlet, ReplyParts } from '../handlers/reply-parts';
import { messageScope } from '../logging/message-scope';
import { type Counts, noCounts } from './handler-counts';
import type { Consumer } from './consumer';
import type { HandlingEnvironment } from './message-handling';
import { PartQueue } from './part-queue';
import { PochtaContext } from './pochta-context';
import { requestError } from './request-error';

/** A `@MessagePattern` handler as the responder of its topic. */
export class RequestAnswers implements Consumer {
  running = 0;
  readonly #counts: Counts;
  #responder: Responder | undefined;

  constructor(
    private readonly topic: string,
    private readonly handler: MessageHandler,
    private readonly environment: HandlingEnvironment,
  ) {
    this.#counts = noCounts(topic);
  }

  get counts(): readonly Counts[] {
    return [this.#counts];
  }

  async open(client: Client): Promise<void> {
    const { signal } = this.environment;
    this.#responder = await client.respond(this.topic, (request) => this.#answer(request), { signal });
  }

  async close(): Promise<void> {
    await this.#responder?.stop();
  }

  /** Gives the reply, or an iterable of its parts. */
  #answer(request: IncomingRequest): Promise<unknown> {
    this.running++;
    return new Promise((resolve, reject) => {
      const reply = new ReplyParts(this.#outlet(resolve, reject));
      let stop: () => void = () => undefined;
      const finished = (): void => {
        this.running--;
        request.signal.removeEventListener('abort', abandon);
      };
      const abandon = (): void => {
        stop();
        reply.stop();
        finished();
        resolve(undefined);
      };
      request.signal.addEventListener('abort', abandon);
      stop = this.#run(request, {
        next: (value) => reply.next(value),
        error: (error) => (finished(), reply.error(error)),
        complete: () => (finished(), reply.complete()),
      });
    });
  }

  #run(request: IncomingRequest, listener: Parameters<HandlingEnvironment['call']>[3]): () => void {
    const { call, connection } = this.environment;
    const { topic, headers } = request;
    const context = new PochtaContext(request, request.signal);
    const { telemetry } = connection;
    const start = (value: unknown) => {
      if (!telemetry.enabled && !messageScope.on) return call(this.handler, value, context, listener);
      const span = telemetry.incoming({ type: 'process', topic, size: request.bytes.length }, headers);
      return span.run(() =>
        messageScope.run(request, () =>
          call(this.handler, value, context, {
            ...listener,
            error: (error) => (span.end(context.thrown ?? error), listener.error(error)),
            complete: () => (span.end(), listener.complete()),
          }),
        ),
      );
    };
    return start(request.value);
  }

  #outlet(resolve: (reply: unknown) => void, reject: (error: Error) => void): ReplyOutlet<unknown> {
    let parts: PartQueue | undefined;
    const queue = (): PartQueue => {
      if (parts === undefined) resolve((parts = new PartQueue()));
      return parts;
    };
    return {
      encode: (value) => value,
      part: (value) => queue().put(value),
      last: (value) => {
        this.#counts.handled++;
        if (parts === undefined) return resolve(value);
        parts.put(value);
        parts.end();
      },
      ended: () => {
        this.#counts.handled++;
        queue().end();
      },
      failed: (thrown) => {
        this.#counts.failed++;
        const error = requestError(thrown, this.environment.logger);
        if (parts === undefined) reject(error);
        else parts.end(error);
      },
    };
  }
}
