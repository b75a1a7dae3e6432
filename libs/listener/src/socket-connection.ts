import type { Broker } from '@pochta/broker-core';
import {
  detectCodec,
  errorFor,
  type ControlFrame,
  type FrameDecoder,
  type FrameSink,
  type PayloadMemory,
  type PochtaError,
  type PublishRun,
  type RequestId,
  type WireLimits,
} from '@pochta/protocol';
import type { CodecTable } from './codec-table';
import type { Dialect, DialectHost } from './dialect';
import type { FlushTurn } from './flush-turn';
import { readChunks } from './landing';
import { Linger } from './linger';
import type { Log } from './log';
import { MainDialect } from './main-dialect';
import type { PeerSocket } from './peer-socket';
import { SimpleDialect } from './simple-dialect';
import { TurnWork } from './turn-work';
import { Uptake } from './uptake';

const NOTHING = new Uint8Array(0);

export interface SocketConnectionContext {
  readonly broker: Broker;
  readonly dialect: 'main' | 'simple';
  readonly codecs: CodecTable;
  readonly limits: WireLimits;
  /** ms after which a peer is gone: without a byte from one that has sent `ping`, without taking one when half-closed. */
  readonly silence: number;
  readonly turn: FlushTurn;
  readonly memory: PayloadMemory;
  readonly log: Log;
  readonly onClosed: (connection: SocketConnection) => void;
}

/**
 * The broker's side of one socket: chunks to frames, in the peer's codec, and how the connection ends.
 *
 * - `reading`: chunks are decoded, unless the peer has too much that it has not taken; then it is not read from. Goes on
 *   while the broker drains and the peer has messages in flight.
 * - `finishing`: nothing is taken in any more; what is owed is still answered.
 * - `ending`: all is written, and the peer is to close its side.
 */
export class SocketConnection implements FrameSink, DialectHost {
  readonly broker: Broker;
  readonly codecs: CodecTable;
  readonly turn: FlushTurn;
  readonly maxBacklogBytes: number;
  readonly peer: { readonly name: string };
  #state: 'reading' | 'finishing' | 'ending' | 'closed' = 'reading';
  #dialect: Dialect | undefined;
  #decoder: FrameDecoder | undefined;
  /** First bytes, too few to tell the codec. */
  #start: Buffer | undefined;
  #draining = false;
  /** The peer has too much that it has not taken. */
  #full = false;
  /** What frames ask for; the rest of a chunk is parked when the peer has too much, or has taken its share of a turn. */
  readonly #work: TurnWork;
  #inputEnded = false;
  /** Whether the chunk that is being decoded ended a frame. */
  #frameSeen = false;
  #frameBegan = 0;
  #pinged = false;
  #heardAt: number;
  readonly #linger = new Linger();
  /** Only of a peer that has half-closed. */
  #uptake: Uptake | undefined;

  constructor(
    readonly socket: PeerSocket,
    name: string,
    private readonly context: SocketConnectionContext,
    now: number,
  ) {
    this.broker = context.broker;
    this.codecs = context.codecs;
    this.turn = context.turn;
    this.maxBacklogBytes = context.limits.maxBacklogBytes;
    this.peer = { name };
    this.#heardAt = now;
    this.#work = new TurnWork(context.turn, () => this.#backlog <= this.maxBacklogBytes, this.onChanged);
    readChunks(socket, (chunk) => this.#onData(chunk));
    socket.on('end', () => this.#onInputEnd());
    socket.on('drain', this.onChanged);
    socket.on('error', (error) =>
      context.log.debug({ peer: this.peer.name, error: error.message }, 'socket failed'),
    );
    socket.on('finish', () => this.#linger.written());
    socket.on('close', () => this.#onClose());
  }

  // Ending

  /** Takes nothing in any more, once nothing is in flight to the peer: until then it may settle that. */
  drain(): void {
    this.#draining = true;
    this.#checkDrained();
  }

  /** Takes nothing in any more. */
  stopReading(): void {
    if (this.#state !== 'reading') return;
    this.#state = 'finishing';
    this.#work.drop();
    this.socket.pause();
  }

  /** Ends once all that is owed is written; destroys the socket when the peer takes nothing of it for `patience` ms. */
  finish(patience?: number): void {
    this.stopReading();
    this.#linger.begin(this.#unread, patience);
    if (this.#dialect === undefined) this.#end();
    else this.onChanged();
  }

  destroy(): void {
    this.socket.destroy();
  }

  fail(error: PochtaError): void {
    if (this.#state !== 'reading') return;
    this.context.log.debug({ peer: this.peer.name, code: error.code }, 'connection refused');
    if (this.#dialect !== undefined) {
      this.#dialect.refuse(error);
    } else {
      const { encoder } = this.codecs['json-lines'];
      this.socket.write(encoder.frame({ type: 'error', code: error.code, message: error.message }));
    }
    this.finish();
  }

  /** Called now and then; `now` as of `performance.now()`. */
  sweep(now: number): void {
    if (this.#linger.begun) {
      if (this.#linger.isOver(now, this.#unread)) this.destroy();
      return;
    }
    // TCP does not ask whether a peer is still there that has told it not to send.
    if (this.#inputEnded && this.#standstill(now) >= this.context.silence) {
      this.context.log.debug({ peer: this.peer.name }, 'half-closed peer takes nothing');
      return this.destroy();
    }
    if (this.#state !== 'reading' || this.#full) return;
    if (this.#frameBegan !== 0 && now - this.#frameBegan >= this.context.limits.frameTimeout) {
      const text = `A frame must be complete within ${this.context.limits.frameTimeout} ms`;
      return this.fail(errorFor('FRAME_TIMEOUT', text));
    }
    if (this.#pinged && now - this.#heardAt >= this.context.silence) {
      this.context.log.debug({ peer: this.peer.name }, 'peer is silent');
      this.destroy();
    }
  }

  /** ms since the peer last took some of what it is sent. */
  #standstill(now: number): number {
    this.#uptake ??= new Uptake(this.socket);
    return this.#uptake.standstill(now, this.#unread);
  }

  /** Bytes that the peer has not taken. */
  get #unread(): number {
    return this.#dialect?.outbox.backlog ?? 0;
  }

  // What the peer is owed has changed

  readonly onChanged = (): void => {
    const dialect = this.#dialect;
    if (dialect === undefined || this.#state === 'ending' || this.#state === 'closed') return;
    if (this.#inputEnded && !this.#full) dialect.endInput();
    dialect.resume();
    if (this.#draining) this.#checkDrained();
    if (this.#full) this.#readOn();
    if (this.#linger.begun ? dialect.answers.empty : this.#inputEnded && dialect.idle && !this.#full) {
      this.#end();
    }
  };

  #checkDrained(): void {
    if (this.#dialect === undefined || this.#dialect.inFlight === 0) this.stopReading();
  }

  #end(): void {
    this.#state = 'ending';
    this.#linger.begin(this.#unread);
    this.#dialect?.close();
    if (this.#dialect === undefined) this.socket.end();
    else this.#dialect.outbox.end();
    // Input that nobody reads would turn the end into a reset, and the peer might lose its last answers.
    this.socket.resume();
  }

  #onClose(): void {
    this.#state = 'closed';
    this.#work.drop();
    this.#dialect?.close();
    this.#dialect?.outbox.discard();
    this.context.onClosed(this);
  }

  // Input

  /** The chunk is overwritten with the next one, of whichever connection. */
  #onData(chunk: Buffer): void {
    if (this.#state !== 'reading') return;
    const decoder = this.#decoder ?? this.#open(chunk);
    if (decoder === undefined) return;
    const bytes = this.#start === undefined ? chunk : Buffer.concat([this.#start, chunk]);
    this.#start = undefined;
    this.#decode(decoder, bytes);
    this.#checkBacklog();
  }

  /** What the decoder holds back of it is work as frames are: it waits when the peer has had its share. */
  #decode(decoder: FrameDecoder, bytes: Uint8Array): void {
    this.#frameSeen = false;
    decoder.decode(bytes, this);
    const now = performance.now();
    this.#heardAt = now;
    if (decoder.pendingBytes === 0) this.#frameBegan = 0;
    else if (this.#frameSeen || this.#frameBegan === 0) this.#frameBegan = now;
    if (decoder.holds) this.#takeIn(() => this.#decode(decoder, NOTHING));
  }

  /** Chooses the codec by the first bytes. */
  #open(chunk: Buffer): FrameDecoder | undefined {
    const { dialect, codecs, limits } = this.context;
    const start = this.#start === undefined ? chunk : Buffer.concat([this.#start, chunk]);
    const detected = detectCodec(start);
    if (detected === undefined) {
      this.#start = Buffer.from(start);
      this.#frameBegan = performance.now();
      return undefined;
    }
    const codec =
      detected === 'json-lines' || (detected === 'binary' && dialect === 'main')
        ? codecs[detected]
        : undefined;
    if (codec === undefined) {
      const spoken = dialect === 'main' && codecs.binary !== undefined ? ' and binary frames' : '';
      this.fail(errorFor('UNKNOWN_CODEC', `Unknown codec: this port speaks JSON lines${spoken}`));
      return undefined;
    }
    const { encoder, decoder, preface } = codec.open(start, limits, this.context.memory);
    try {
      this.#dialect = dialect === 'main' ? new MainDialect(this, encoder) : new SimpleDialect(this);
    } catch {
      // The broker is about to stop.
      this.fail(errorFor('SHUTTING_DOWN'));
      return undefined;
    }
    if (preface !== undefined) this.#dialect.outbox.answer(preface);
    this.#decoder = decoder;
    return decoder;
  }

  #onInputEnd(): void {
    this.#inputEnded = true;
    if (this.#state === 'reading' && this.#dialect === undefined) this.#end();
    else this.onChanged();
  }

  // FrameSink

  onPublishes(run: PublishRun): void {
    this.#frameSeen = true;
    this.#takeIn(() => this.#dialect!.publishes(run));
  }

  onFrame(frame: ControlFrame): void {
    this.#frameSeen = true;
    if (frame.action === 'ping') this.#pinged = true;
    this.#takeIn(() => this.#dialect!.frame(frame));
  }

  onRefused(error: PochtaError, id?: RequestId, publishes?: number): void {
    this.#frameSeen = true;
    this.#takeIn(() => this.#dialect!.refuse(error, id, publishes));
  }

  onFatal(error: PochtaError): void {
    this.#takeIn(() => this.fail(error));
  }

  // Back-pressure

  get #backlog(): number {
    const { answers, outbox } = this.#dialect!;
    return answers.cost + outbox.backlog;
  }

  #takeIn(work: () => void): void {
    if (this.#state === 'reading') this.#work.do(work);
  }

  #checkBacklog(): void {
    if (this.#full || this.#state !== 'reading') return;
    if (!this.#work.isParked && this.#backlog <= this.maxBacklogBytes) return;
    this.#full = true;
    this.socket.pause();
  }

  /** Goes on with what was parked, and reads on once the peer has taken half of what it may leave. */
  #readOn(): void {
    this.#work.takeUp();
    if (this.#work.isParked || this.#backlog > this.maxBacklogBytes / 2) return;
    this.#full = false;
    if (this.#frameBegan !== 0) this.#frameBegan = performance.now();
    if (this.#state === 'reading') this.socket.resume();
  }
}
