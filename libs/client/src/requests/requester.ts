import { MAX_WAIT, errorFor, type RequestFrame, type SuccessAnswer } from '@pochta/protocol';
import { checkHeaders, checkInteger } from '../argument-checks';
import type { CallOptions, Calls } from '../connection/calls';
import { Fifo } from '../fifo';
import { parseMessage, toJson } from '../payload';
import type { RequestOptions } from './requests';

/** Parts of one reply that may wait for the caller. `BUFFER_FULL`. */
const MAX_PARTS = 65_536;
/** Bytes of those. `BUFFER_FULL`. */
const MAX_PARTS_BYTES = 64 * 1024 * 1024;

/** Requests to responders: with one reply, or with a reply in parts. */
export class Requester {
  constructor(
    private readonly calls: Calls,
    private readonly defaultTimeout: number,
  ) {}

  request(topic: string, value: unknown, options: RequestOptions): Promise<unknown> {
    const frame = this.#frame(topic, value, options);
    return new Promise((resolve, reject) => {
      const onAnswer = (answer: SuccessAnswer) => {
        // The rest of a reply in parts is not wanted.
        if (answer.more === true) call?.giveUp();
        settle(() => (answer.end ? undefined : parseMessage(answer.message)), resolve, reject);
      };
      const call = this.calls.start(frame, { onAnswer, onFailed: reject }, this.#callOptions(options));
    });
  }

  async *requestMany(topic: string, value: unknown, options: RequestOptions): AsyncGenerator<unknown> {
    const parts = new Fifo<SuccessAnswer>();
    let waiting = 0;
    let failure: Error | undefined;
    let wake: () => void = () => undefined;
    const call = this.calls.start(
      this.#frame(topic, value, options),
      {
        onAnswer: (answer) => {
          parts.push(answer);
          waiting += bytesOf(answer);
          if (parts.size > MAX_PARTS || waiting > MAX_PARTS_BYTES) {
            const text = `More than ${MAX_PARTS} parts of the reply, or ${MAX_PARTS_BYTES} bytes, wait`;
            failure = errorFor('BUFFER_FULL', text);
            call?.giveUp();
          }
          wake();
        },
        onFailed: (error) => {
          failure = error;
          wake();
        },
      },
      this.#callOptions(options),
    );
    let over = false;
    try {
      while (!over) {
        const part = parts.shift();
        if (part !== undefined) {
          waiting -= bytesOf(part);
          over = part.more !== true;
          if (part.end !== true) yield parseMessage(part.message);
        } else if (failure !== undefined) {
          over = true;
          throw failure;
        } else {
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
    } finally {
      if (!over) call?.giveUp();
    }
  }

  #frame(topic: string, value: unknown, { timeout = this.defaultTimeout, headers }: RequestOptions) {
    checkInteger('timeout', timeout, 1, MAX_WAIT);
    checkHeaders(headers);
    const message = { bytes: Buffer.from(toJson(value)) };
    return (id: number): RequestFrame => ({ action: 'request', id, topic, message, headers, timeout });
  }

  #callOptions({ timeout = this.defaultTimeout, signal }: RequestOptions): CallOptions {
    return { timeout, signal, onGivenUp: (id) => this.calls.cancel(id) };
  }
}

function bytesOf({ message }: SuccessAnswer): number {
  return typeof message === 'string' ? message.length : message.bytes.length;
}

function settle(
  read: () => unknown,
  resolve: (value: unknown) => void,
  reject: (error: Error) => void,
): void {
  try {
    resolve(read());
  } catch (error) {
    reject(error as Error);
  }
}
