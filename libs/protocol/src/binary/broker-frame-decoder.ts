import type { BrokerFrameDecoder, BrokerFrameSink } from '../client-codec';
import type { Push } from '../push';
import { errorFor } from '../errors/error-classes';
import { PochtaError } from '../errors/pochta-error';
import type { BrokerFrame } from '../frames';
import {
  JsonLinesBrokerFrameDecoder,
  NOT_JSON,
  type BrokerFrameDecoderOptions,
} from '../json-lines/broker-frame-decoder';
import { DEFAULT_LIMITS } from '../limits';
import { readBrokerFrame } from './broker-frames';
import { ByteReader } from './byte-reader';
import type { Compression } from './compression';
import { FrameCutter, type CutterEvents } from './frame-cutter';
import { FrameExpander, type ExpanderEvents } from './frame-expander';
import { BINARY_VERSION, CONFIRM, JSON_FRAME, PUSH } from './layout';
import { BROKER_PREFACE_BYTES, PrefaceReader } from './preface';
import { PushReader } from './push-reader';

/** A push adds its own fields to a payload of any size the broker takes. */
const ENVELOPE_BYTES = 64 * 1024;

/**
 * Decodes what the broker says in binary frames, from its preface on. A broker that says something else, because it ends
 * the connection before it knows the codec or does not speak this one, says it in JSON lines.
 */
export class BinaryBrokerFrameDecoder
  implements BrokerFrameDecoder, CutterEvents, ExpanderEvents, BrokerFrameSink
{
  readonly #maxFrameBytes: number;
  readonly #reader = new ByteReader();
  readonly #pushes = new PushReader();
  readonly #json: JsonLinesBrokerFrameDecoder;
  readonly #cutter: FrameCutter;
  #expander: FrameExpander | undefined;
  #compression: Compression | undefined;
  #preface: PrefaceReader | undefined = new PrefaceReader(BROKER_PREFACE_BYTES);
  #jsonOnly = false;
  #sink!: BrokerFrameSink;
  #confirms = 0;
  #closed = false;

  /** `offered`: the compression that the client offers, if it does. */
  constructor(
    { maxFrameBytes = DEFAULT_LIMITS.maxFrameBytes + ENVELOPE_BYTES }: BrokerFrameDecoderOptions = {},
    private readonly offered?: Compression,
  ) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#json = new JsonLinesBrokerFrameDecoder({ maxFrameBytes });
    this.#cutter = new FrameCutter(maxFrameBytes, this);
  }

  get pendingBytes(): number {
    if (this.#jsonOnly) return this.#json.pendingBytes;
    return this.#preface?.pendingBytes ?? (this.#expander ?? this.#cutter).pendingBytes;
  }

  get compression(): Compression | undefined {
    return this.#compression;
  }

  decode(chunk: Uint8Array, sink: BrokerFrameSink): void {
    if (this.#closed) return;
    this.#sink = sink;
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (this.#jsonOnly) return this.#json.decode(bytes, this);
    const at = this.#preface === undefined ? 0 : this.#takePreface(this.#preface, bytes);
    if (at < 0) return;
    (this.#expander ?? this.#cutter).write(bytes, at);
    this.#flushConfirms();
    this.#reader.release();
  }

  /** @internal */
  onBody(bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    const type = bytes[start];
    const reader = this.#reader;
    reader.point(bytes, start + 1, end);
    try {
      if (type === CONFIRM) {
        this.#confirms += reader.u32();
        return;
      }
      this.#flushConfirms();
      if (type === PUSH) return this.#pushes.read(reader, this);
      if (type === JSON_FRAME) return this.#jsonFrame(bytes, start, end);
      const frame = readBrokerFrame(type, reader);
      if (frame !== undefined) this.#sink.onFrame(frame);
    } catch (error) {
      if (!(error instanceof PochtaError)) throw error;
      this.#fatal(errorFor('INVALID_FRAME', `The broker sent an invalid frame: ${error.message}`));
    }
  }

  /** @internal */
  onTooLarge(): void {
    this.#fatal(
      errorFor('FRAME_TOO_LARGE', `The broker sent a frame of more than ${this.#maxFrameBytes} bytes`),
    );
  }

  /** @internal */
  onBroken(error: PochtaError): void {
    this.#fatal(errorFor(error.code, `The broker sent what cannot be expanded: ${error.message}`));
  }

  /** Where the frames begin; -1 while the preface is not whole, or when this is none. */
  #takePreface(preface: PrefaceReader, bytes: Buffer): number {
    const at = preface.take(bytes);
    if (!preface.plausible) {
      this.#jsonOnly = true;
      this.#json.decode(preface.bytes, this);
      if (at >= 0) this.#json.decode(bytes.subarray(at), this);
      return -1;
    }
    if (at < 0) return at;
    this.#preface = undefined;
    if (preface.version === BINARY_VERSION) return this.#agree(preface.capabilities) ? at : -1;
    this.#fatal(
      errorFor(
        'UNKNOWN_CODEC',
        `The broker speaks version ${preface.version} of binary frames, not ${BINARY_VERSION}`,
      ),
    );
    return -1;
  }

  /** False when the broker holds what was not offered. */
  #agree(capabilities: number): boolean {
    if (capabilities === 0) return true;
    if (capabilities !== this.offered?.capability) {
      this.#fatal(
        errorFor('INVALID_FRAME', 'The broker takes capabilities for granted that were not offered'),
      );
      return false;
    }
    this.#compression = this.offered;
    this.#expander = new FrameExpander(this.#maxFrameBytes, this.offered, this.#cutter, this);
    return true;
  }

  #jsonFrame(bytes: Buffer, start: number, end: number): void {
    this.#json.decode(bytes.subarray(start, end), this);
    if (this.#json.pendingBytes > 0) this.onFatal(errorFor('INVALID_JSON', NOT_JSON));
  }

  /** @internal As the three below, of frames that are JSON text, and of pushes. */
  onConfirms(count: number): void {
    if (!this.#closed) this.#sink.onConfirms(count);
  }

  onPush(push: Push): void {
    if (!this.#closed) this.#sink.onPush(push);
  }

  onFrame(frame: BrokerFrame): void {
    if (!this.#closed) this.#sink.onFrame(frame);
  }

  onFatal(error: PochtaError): void {
    this.#fatal(error);
  }

  #flushConfirms(): void {
    const count = this.#confirms;
    if (count === 0) return;
    this.#confirms = 0;
    this.#sink.onConfirms(count);
  }

  #fatal(error: PochtaError): void {
    if (this.#closed) return;
    this.#flushConfirms();
    this.#closed = true;
    this.#cutter.close();
    this.#sink.onFatal(error);
  }
}
