import {
  BinaryBrokerFrameDecoder,
  BinaryClientFrameEncoder,
  clientPreface,
  JsonLinesFrameDecoder,
  JsonLinesFrameEncoder,
  MessageBatchBuilder,
  type BrokerFrame,
  type BrokerFrameSink,
  type ClientFrame,
  type PochtaError,
  type PublishRun,
  type Push,
  type RequestId,
} from '@pochta/protocol';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { pushedBatch } from './pushed-batch';

const LF = 0x0a;
const encoder = new BinaryClientFrameEncoder();
const lines = new JsonLinesFrameEncoder();

/** Publishes of one topic that travel in one frame. */
interface OpenBatch {
  readonly topic: string;
  readonly builder: MessageBatchBuilder;
  readonly ids: (RequestId | undefined)[];
}

/**
 * A test says and hears JSON lines at this end; the broker at the other end of the socket hears and says binary frames.
 * Each line must have its newline. Lines that are no frames go as they are, as a frame of JSON text.
 */
export class BinaryBridge extends Duplex implements BrokerFrameSink {
  readonly #decoder = new BinaryBrokerFrameDecoder();
  #rest: Buffer = Buffer.alloc(0);
  #batch: OpenBatch | undefined;
  #out: Uint8Array[] = [];

  constructor(private readonly socket: Socket) {
    super();
    socket.write(clientPreface());
    socket.on('data', (chunk: Buffer) => this.#decoder.decode(chunk, this));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  // The socket is read whether the test reads or not.
  override _read(): void {
    return undefined;
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    const bytes = Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      this.#line(bytes.subarray(start, end + 1));
      start = end + 1;
    }
    this.#rest = Buffer.from(bytes.subarray(start));
    this.#closeBatch();
    this.socket.write(Buffer.concat(this.#out.splice(0)));
    done();
  }

  override _final(done: () => void): void {
    this.socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.socket.destroyed) this.socket.resetAndDestroy();
    done(error);
  }

  // What the broker says

  onConfirms(count: number): void {
    this.push(lines.confirms({ count, batches: [] }));
  }

  onPush(push: Push): void {
    const { stored, style } = pushedBatch(push);
    for (const piece of lines.pushes(stored, style, push.deliveryCount)) this.push(piece);
  }

  onFrame(frame: BrokerFrame): void {
    const times = frame.type === 'error' ? (frame.publishes ?? 1) : 1;
    for (let time = 0; time < times; time++) this.push(lines.frame(frame));
  }

  onFatal(error: PochtaError): void {
    this.destroy(error);
  }

  // What the test says

  #line(line: Buffer): void {
    new JsonLinesFrameDecoder().decode(Buffer.from(line), {
      onPublishes: (run) => this.#publish(run),
      onFrame: (frame) => this.#send(frame),
      onRefused: () => this.#sendText(line),
      onFatal: () => this.#sendText(line),
    });
  }

  #publish({ batches: [{ topic, messages }], ids }: PublishRun): void {
    if (this.#batch?.topic !== topic) this.#closeBatch();
    const batch = (this.#batch ??= { topic, builder: new MessageBatchBuilder(), ids: [] });
    const { bytes, byteLength, attributes, messageIds } = messages;
    batch.builder.add(bytes, 0, byteLength, attributes?.[0], messageIds?.[0]);
    batch.ids.push(ids?.[0]);
  }

  #closeBatch(): void {
    if (this.#batch === undefined) return;
    const { topic, builder, ids } = this.#batch;
    this.#batch = undefined;
    const some = ids.some((id) => id !== undefined);
    this.#out.push(encoder.publishes(topic, builder.build(), some ? (ids as RequestId[]) : undefined));
  }

  #send(frame: ClientFrame): void {
    this.#closeBatch();
    this.#out.push(encoder.frame(frame));
  }

  #sendText(line: Buffer): void {
    this.#closeBatch();
    const length = Buffer.alloc(4);
    length.writeUInt32LE(line.length);
    this.#out.push(length, line);
  }
}
