import {
  BinaryFrameDecoder,
  BinaryFrameEncoder,
  brokerPreface,
  DEFAULT_LIMITS,
  JsonLinesBrokerFrameDecoder,
  JsonLinesClientFrameEncoder,
  type BrokerFrameSink,
  type FrameSink,
  type PochtaError,
  type PublishRun,
  type Push,
  type RequestId,
} from '@pochta/protocol';
import { pushedBatch } from '@pochta/testing';

const FIRST_BYTE = 0xd0;
/** Bytes of a frame that never come. */
const MISSING = 100;
const encoder = new BinaryFrameEncoder();
const lines = new JsonLinesClientFrameEncoder();

/** What a test's broker says and hears as JSON lines, in binary frames. */
export class BinaryVoice implements FrameSink, BrokerFrameSink {
  readonly preface = brokerPreface(DEFAULT_LIMITS.maxFrameBytes);
  readonly #decoder = new BinaryFrameDecoder();
  #out: Uint8Array[] = [];

  /** `hear` is told each frame as a line. */
  constructor(private readonly hear: (lines: string) => void) {}

  /** Whether a connection that begins so speaks binary frames. */
  static isSpoken(chunk: Uint8Array): boolean {
    return chunk[0] === FIRST_BYTE;
  }

  read(chunk: Buffer): void {
    this.#decoder.decode(chunk, this);
  }

  /** The lines as frames; a line without its end is a frame without its end. */
  say(text: string): Uint8Array {
    const end = text.lastIndexOf('\n') + 1;
    if (end > 0) new JsonLinesBrokerFrameDecoder().decode(Buffer.from(text.slice(0, end)), this);
    if (end < text.length) {
      const rest = Buffer.from(text.slice(end));
      const length = Buffer.alloc(4);
      length.writeUInt32LE(rest.length + MISSING);
      this.#out.push(length, rest);
    }
    return Buffer.concat(this.#out.splice(0));
  }

  // What the client says

  onPublishes({ batches, batchOf, ids, count }: PublishRun): void {
    const next = batches.map(() => 0);
    for (let frame = 0; frame < count; frame++) {
      const batch = batchOf?.[frame] ?? 0;
      const { topic, messages } = batches[batch];
      const index = next[batch]++;
      const id = ids?.[frame];
      this.#heard(
        lines.publishes(topic, messages.slice(index, index + 1), id === undefined ? undefined : [id]),
      );
    }
  }

  onRefused(error: PochtaError, id?: RequestId): void {
    throw new Error(`the client sent a bad frame, ${String(id)}: ${error.message}`);
  }

  #heard(line: Uint8Array): void {
    this.hear(Buffer.from(line).toString('utf8'));
  }

  // What both may say, and what the broker says

  onFrame(frame: Parameters<FrameSink['onFrame']>[0] & Parameters<BrokerFrameSink['onFrame']>[0]): void {
    if ('action' in frame) this.#heard(lines.frame(frame));
    else this.#out.push(encoder.frame(frame));
  }

  onConfirms(count: number): void {
    this.#out.push(encoder.confirms({ count, batches: [] }));
  }

  onPush(push: Push): void {
    const { stored, style } = pushedBatch(push);
    this.#out.push(...encoder.pushes(stored, style, push.deliveryCount));
  }

  onFatal(error: PochtaError): void {
    throw error;
  }
}
