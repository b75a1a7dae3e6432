import { BaseRpcContext } from '@nestjs/microservices';

type Headers = Readonly<Record<string, string>>;

/** What `@Ctx()` gives to the handler of a `@Topic`. */
export class TopicContext extends BaseRpcContext<
  [
    topic: string,
    headers: Headers | undefined,
    key: string | undefined,
    messageId: string | undefined,
    contentType?: string,
  ]
> {
  get topic(): string {
    return this.args[0];
  }

  /** The publish's headers; empty when it had none. */
  get headers(): Headers {
    return this.args[1] ?? {};
  }

  get key(): string | undefined {
    return this.args[2];
  }

  /** By which a repeat of the publish is known. A repeat reaches the handler again, but is not stored again. */
  get messageId(): string | undefined {
    return this.args[3];
  }

  /** MIME type of a payload that is not JSON, which the handler gets as bytes; `undefined` for JSON. */
  get contentType(): string | undefined {
    return this.args[4];
  }
}

/** What `@Ctx()` gives to an `@EventPattern` handler of a broker app. */
export class EventContext extends BaseRpcContext<
  [
    topic: string,
    sequence: number,
    timestamp: number,
    headers: Headers | undefined,
    key: string | undefined,
    contentType?: string,
  ]
> {
  /** The message's topic, which the handler's filter matched. */
  get topic(): string {
    return this.args[0];
  }

  get sequence(): number {
    return this.args[1];
  }

  /** When the message was stored, in ms since the epoch. */
  get timestamp(): number {
    return this.args[2];
  }

  /** Empty when the message has none. */
  get headers(): Headers {
    return this.args[3] ?? {};
  }

  get key(): string | undefined {
    return this.args[4];
  }

  /** MIME type of a payload that is not JSON, which the handler gets as bytes; `undefined` for JSON. */
  get contentType(): string | undefined {
    return this.args[5];
  }
}

/** What `@Ctx()` gives to a `@MessagePattern` handler of a broker app. */
export class RequestContext extends BaseRpcContext<
  [topic: string, headers: Headers | undefined, correlationId: string, contentType?: string]
> {
  get topic(): string {
    return this.args[0];
  }

  /** Empty when the request has none. */
  get headers(): Headers {
    return this.args[1] ?? {};
  }

  get correlationId(): string {
    return this.args[2];
  }

  /** MIME type of a payload that is not JSON, which the handler gets as bytes; `undefined` for JSON. */
  get contentType(): string | undefined {
    return this.args[3];
  }
}
