import type { Reply } from '@pochta/client';
import { encodedPayload } from '../codecs/encoded-payload';
import type { PayloadCodec } from '../codecs/payload-codec';
import { isPromise } from '../codecs/promises';
import type { ReplyOutlet } from '../handlers/reply-parts';
import { textOf } from './failure';

/** Writes a reply by its topic's codec, in order also when that takes its time. */
export class ReplyWriter implements ReplyOutlet<unknown> {
  /** What is still to be encoded and sent before anything else. */
  #tail: Promise<void> | undefined;

  constructor(
    private readonly topic: string,
    private readonly codec: PayloadCodec,
    private readonly reply: Reply,
    /** What the requester is told of an error; called once, if the reply fails. */
    private readonly describe: (error: unknown) => Error,
  ) {}

  encode(value: unknown): unknown {
    try {
      return encodedPayload(this.codec, value, this.topic);
    } catch (error) {
      throw unsayable(error);
    }
  }

  part(encoded: unknown): void {
    this.#write(encoded, (value) => this.reply.part(value));
  }

  last(encoded: unknown): void {
    this.#write(encoded, (value) => this.reply.send(value));
  }

  ended(): void {
    this.#write(undefined, () => this.reply.end());
  }

  failed(error: unknown): void {
    if (!this.reply.over) this.#write(undefined, () => this.reply.fail(this.describe(error)));
  }

  #write(encoded: unknown, send: (value: unknown) => void): void {
    const write = (value: unknown): void => {
      try {
        send(value);
      } catch (error) {
        this.#refuse(error);
      }
    };
    if (this.#tail === undefined && !isPromise(encoded)) return write(encoded);
    this.#tail = Promise.all([encoded, this.#tail]).then(
      ([value]) => write(value),
      (error: unknown) => this.#refuse(error),
    );
  }

  #refuse(error: unknown): void {
    if (!this.reply.over) this.reply.fail(this.describe(unsayable(error)));
  }
}

/** It is the handler's mistake, not the requester's: the code of the error would say otherwise. */
function unsayable(error: unknown): Error {
  return new Error(`The reply of a handler cannot be written: ${textOf(error)}`, { cause: error });
}
