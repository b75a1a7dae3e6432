import { Duplex } from 'node:stream';
import {
  type PochtaError,
  errorFor,
  type BrokerFrame,
  type BrokerFrameDecoder,
  type ClientFrame,
  type Push,
} from '@pochta/protocol';
import type { Deadline, Deadlines } from '../deadlines';
import { answerError } from '../errors';
import type { ClientCodec } from './codec';
import type { Server } from './server-list';

/** Intervals that a ping may go without a byte from the broker, after which it counts as gone. */
const SILENT_INTERVALS = 2;

/** Hears what happens on a connection. Nothing comes after `onLost`. */
export interface ConnectionListener {
  /** Whether `onWritable` has left something for the next write. */
  readonly pending: boolean;
  onConfirms(count: number): void;
  onPush(push: Push): void;
  onFrame(frame: BrokerFrame): void;
  /** The socket takes bytes: the moment to hand over, with `queue`, what has gathered. */
  onWritable(): void;
  /** A ping is about to go out, and its pong has come in: all answers that were due by the first are here. */
  onPing(): void;
  onPong(): void;
  /** The connection is gone, once. */
  onLost(reason: PochtaError): void;
}

export interface ConnectionOptions {
  readonly codec: ClientCodec;
  readonly deadlines: Deadlines;
  /** ms. */
  readonly connectTimeout: number;
  /** ms; 0: no pings. */
  readonly heartbeatInterval: number;
  readonly maxFrameBytes: number;
}

/**
 * Frames that leave before their turn ends, so that the broker works on them while the rest is made; then twice as many,
 * and so on, so that few writes carry thousands. All in one write, requests and replies would be in one process at a time.
 */
const FIRST_TRAIN = 16;

/**
 * One socket's life: bytes out, frames in, pings. What is queued in one turn leaves in few writes; at back-pressure
 * nothing is asked for until the socket drains.
 */
export class Connection {
  readonly server: string;
  readonly #socket: Duplex;
  readonly #decoder: BrokerFrameDecoder;
  #listener: ConnectionListener | undefined;
  #queue: Uint8Array[] = [];
  #flush: NodeJS.Immediate | undefined;
  #blocked = false;
  /** Frames in the queue that leave before the turn ends. */
  #train = FIRST_TRAIN;
  #heard = false;
  #silent = 0;
  #deadline: Deadline | undefined;
  #ready: ((failure?: PochtaError) => void) | undefined;
  #lost: PochtaError | undefined;
  #ended: (() => void) | undefined;

  private constructor(
    server: Server,
    private readonly options: ConnectionOptions,
  ) {
    this.server = server.name;
    this.#decoder = options.codec.createDecoder(options.maxFrameBytes);
    this.#socket = openSocket(server);
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('drain', () => this.#unblock());
    this.#socket.on('end', () => this.drop(this.#closedBy()));
    this.#socket.on('error', (error) =>
      this.drop(errorFor('CONNECTION_FAILED', error.message, { cause: error })),
    );
    this.#socket.on('close', () => this.drop(this.#closedBy()));
  }

  /**
   * Connects; resolves once the broker has answered a first ping, so that what accepts and hangs up, or is no broker,
   * does not count. Rejects with `CONNECTION_FAILED`, what the broker refused with, or `ABORTED`.
   */
  static open(server: Server, options: ConnectionOptions, signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection = new Connection(server, options);
      const abort = () => connection.drop(errorFor('ABORTED', undefined, { cause: signal.reason }));
      connection.#ready = (failure) => {
        signal.removeEventListener('abort', abort);
        connection.#deadline?.cancel();
        connection.#ready = undefined;
        if (failure === undefined) resolve(connection);
        else reject(failure);
      };
      connection.#deadline = options.deadlines.after(options.connectTimeout, () =>
        connection.drop(errorFor('CONNECTION_FAILED', `no answer within ${options.connectTimeout} ms`)),
      );
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort);
      connection.#start();
    });
  }

  /** Begins to tell what happens. Call it in the turn in which `open` resolves. */
  attach(listener: ConnectionListener): void {
    if (this.#lost !== undefined) return listener.onLost(this.#lost);
    this.#listener = listener;
    if (this.options.heartbeatInterval > 0) this.#beat();
    this.wake();
  }

  /** Puts bytes behind those already queued; they leave at the end of this turn. */
  queue(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.wake();
  }

  /** Puts a frame in the queue. Throws `FRAME_TOO_LARGE`, and what the codec throws. */
  send(frame: ClientFrame): void {
    const { codec, maxFrameBytes } = this.options;
    const bytes = codec.encoder.frame(frame);
    if (bytes.length > maxFrameBytes)
      throw errorFor('FRAME_TOO_LARGE', `A frame has at most ${maxFrameBytes} bytes`);
    if (this.#flush === undefined && !this.#blocked) queueMicrotask(this.#afterMicrotasks);
    this.queue(bytes);
    if (this.#queue.length < this.#train || this.#blocked) return;
    this.#train *= 2;
    this.#writeQueue();
  }

  /** Asks for `onWritable` at the end of this turn, or, at back-pressure, when the socket has drained. */
  wake(): void {
    if (this.#flush === undefined && !this.#blocked && this.#lost === undefined) {
      this.#flush = setImmediate(() => this.#write());
    }
  }

  /** Whether the socket takes more. */
  get writable(): boolean {
    return !this.#blocked;
  }

  /** Ends the connection at once; the listener hears why, unless it has been told before. */
  drop(reason: PochtaError): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    clearImmediate(this.#flush);
    this.#deadline?.cancel();
    this.#socket.destroy();
    this.#queue = [];
    this.#ready?.(reason);
    this.#listener?.onLost(reason);
    this.#ended?.();
  }

  /** Ends the connection at once, but says what is queued, and some last things, if the socket takes them now. */
  leave(reason: PochtaError, last: readonly ClientFrame[]): void {
    const { encoder } = this.options.codec;
    const chunks = [...this.#queue, ...last.map((frame) => encoder.frame(frame))];
    if (this.#lost === undefined && !this.#blocked && chunks.length > 0)
      this.#socket.write(Buffer.concat(chunks));
    this.drop(reason);
  }

  /** Writes what is queued, then ends the connection; resolves when it is gone, at the latest after `timeout` ms. */
  end(timeout: number): Promise<void> {
    if (this.#lost !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#ended = resolve;
      this.#deadline?.cancel();
      this.#deadline = this.options.deadlines.after(timeout, () => this.drop(errorFor('CONNECTION_CLOSED')));
      if (!this.#blocked) this.#write();
      this.#socket.end();
    });
  }

  #start(): void {
    // Of streams, only sockets take their time to connect.
    const connecting = 'connecting' in this.#socket && this.#socket.connecting === true;
    if (connecting) this.#socket.once('connect', () => this.#greet());
    else this.#greet();
  }

  #greet(): void {
    if (this.#lost !== undefined) return;
    const { codec, heartbeatInterval } = this.options;
    if (codec.preface !== undefined) this.#socket.write(codec.preface);
    if (heartbeatInterval > 0) this.#socket.write(codec.encoder.frame({ action: 'ping', id: 'ping' }));
    else this.#ready?.();
  }

  #read(chunk: Buffer): void {
    this.#heard = true;
    try {
      this.#decoder.decode(chunk, this);
    } catch (error) {
      this.drop(errorFor('INTERNAL', `cannot read what the broker sent: ${String(error)}`, { cause: error }));
    }
  }

  /** @internal Called by the decoder, as are the next three. */
  onConfirms(count: number): void {
    if (this.#lost === undefined) this.#listener?.onConfirms(count);
  }

  onPush(push: Push): void {
    if (this.#lost === undefined) this.#listener?.onPush(push);
  }

  onFrame(frame: BrokerFrame): void {
    if (this.#lost !== undefined) return;
    if (frame.type === 'success' && frame.id === 'ping') {
      if (this.#ready !== undefined) this.#ready();
      else this.#listener?.onPong();
    } else if (this.#ready !== undefined) {
      if (frame.type === 'error') this.drop(answerError(frame));
      else this.drop(errorFor('CONNECTION_FAILED', `the broker answered a ping with a ${frame.type}`));
    } else {
      this.#listener?.onFrame(frame);
    }
  }

  onFatal(error: PochtaError): void {
    if (error.code !== 'FRAME_TOO_LARGE') return this.drop(error);
    // It comes again on the next connection, until somebody reads this.
    const text = `${error.message}: the option maxFrameBytes must be at least the broker's`;
    this.drop(errorFor('FRAME_TOO_LARGE', text, { cause: error }));
  }

  #write(): void {
    this.#flush = undefined;
    this.#train = FIRST_TRAIN;
    if (this.#lost !== undefined) return;
    this.#listener?.onWritable();
    this.#writeQueue();
    if (this.#listener?.pending) this.wake();
  }

  /**
   * The first frame of a turn leaves with what the same callback and its promises bring, which is all with one request under
   * way. Only the first: a turn of many callbacks, as of a busy HTTP server, makes few writes still.
   */
  readonly #afterMicrotasks = (): void => process.nextTick(this.#writeFirst);

  readonly #writeFirst = (): void => {
    if (!this.#blocked) this.#writeQueue();
  };

  #writeQueue(): void {
    const chunks = this.#queue;
    if (chunks.length === 0 || this.#lost !== undefined) return;
    this.#queue = [];
    const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    const { compression } = this.#decoder;
    const written = compression === undefined ? bytes : this.options.codec.compress!(bytes, compression);
    this.#blocked = !this.#socket.write(written);
  }

  #unblock(): void {
    this.#blocked = false;
    this.wake();
  }

  #beat(): void {
    this.#silent = this.#heard ? 0 : this.#silent + 1;
    this.#heard = false;
    const { heartbeatInterval, deadlines } = this.options;
    if (this.#silent > SILENT_INTERVALS) {
      return this.drop(
        errorFor('CONNECTION_FAILED', `the broker has been silent for ${SILENT_INTERVALS} pings`),
      );
    }
    this.#deadline = deadlines.after(heartbeatInterval, () => {
      this.#listener?.onPing();
      this.send({ action: 'ping', id: 'ping' });
      this.#beat();
    });
  }

  #closedBy(): PochtaError {
    const cut = this.#decoder.pendingBytes > 0 ? ' in the middle of a frame' : '';
    return errorFor('CONNECTION_FAILED', `the broker closed the connection${cut}`);
  }
}

/** Throws `CONNECTION_FAILED`. */
function openSocket(server: Server): Duplex {
  try {
    const socket = server.open();
    if (!(socket instanceof Duplex)) throw new TypeError('socket must give a stream to read and write');
    return socket;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw errorFor('CONNECTION_FAILED', text, { cause: error });
  }
}
