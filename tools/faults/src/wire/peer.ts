import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { RequestId } from '@pochta/protocol';
import type { PeerCodec } from './codec';
import type { Answer, GapFrame, Publish, PushFrame, Request } from './frames';

/** Hears what comes over a connection. */
export interface PeerListener {
  onPush(push: PushFrame): void;
  onGap(gap: GapFrame): void;
  /** The connection is over, whoever ended it. Nothing comes after it. */
  onClosed(): void;
  /** The broker said something that cannot be. */
  onNonsense(text: string): void;
}

/** Called with the answer. */
export type OnAnswer = (answer: Answer) => void;

/** How a connection is cut: after so much of what was to be written, or at once, with a reset. */
export type Cut = { readonly afterPart: number } | 'reset';

/**
 * One connection, in one codec. It knows nothing of reconnecting or sending again: what has no answer when it ends has
 * none. What is sent in one turn goes out in one write.
 */
export class Peer {
  /** When the last request was sent that has been answered, or the connection was opened. */
  asOf = Date.now();
  readonly #open: { readonly id: RequestId | undefined; readonly at: number; readonly onAnswer: OnAnswer }[] =
    [];
  #answered = 0;
  #outgoing: Uint8Array[] = [];
  #over = false;

  private constructor(
    readonly number: number,
    private readonly socket: Socket,
    private readonly codec: PeerCodec,
    private readonly listener: PeerListener,
  ) {
    const decode = codec.createDecoder({
      onAnswer: (answer) => this.#over || this.#onAnswer(answer),
      onPush: (push) => this.#over || listener.onPush(push),
      onGap: (gap) => this.#over || listener.onGap(gap),
      onNonsense: (text) => this.#over || listener.onNonsense(text),
    });
    socket.on('data', decode);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#end());
    // The broker says no more; this tool half-closes nothing.
    socket.on('end', () => socket.destroy());
  }

  /** Throws when nobody listens. */
  static async connect(
    port: number,
    number: number,
    codec: PeerCodec,
    listener: PeerListener,
  ): Promise<Peer> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const peer = new Peer(number, socket, codec, listener);
    peer.#write(codec.preface);
    return peer;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Requests that have no answer yet. */
  get unanswered(): number {
    return this.#open.length - this.#answered;
  }

  send(request: Request, onAnswer: OnAnswer): void {
    if (this.#over) return;
    this.#open.push({ id: request.id, at: Date.now(), onAnswer });
    this.#write(this.codec.frame(request));
  }

  /** Publishes to one topic that travel together; `onAnswer` is called once for each, with its place among them. */
  publish(publishes: readonly Publish[], onAnswer: (answer: Answer, index: number) => void): void {
    if (this.#over || publishes.length === 0) return;
    const at = Date.now();
    publishes.forEach(({ id }, index) =>
      this.#open.push({ id, at, onAnswer: (answer) => onAnswer(answer, index) }),
    );
    this.#write(this.codec.publishes(publishes));
  }

  /** Ends the connection; what comes from now on is not heard. */
  cut(how: Cut): void {
    if (this.#over) return;
    if (how === 'reset') this.socket.resetAndDestroy();
    else {
      if (this.#outgoing.length === 0) this.#outgoing.push(this.codec.frame({ action: 'ping' }));
      const bytes = Buffer.concat(this.#outgoing);
      this.socket.write(bytes.subarray(0, Math.floor(bytes.length * how.afterPart)));
      this.socket.destroySoon();
    }
    this.#end();
  }

  /** Ends the connection after what has been sent. */
  close(): void {
    this.#flush();
    this.socket.destroySoon();
    this.#end();
  }

  get paused(): boolean {
    return this.socket.isPaused();
  }

  pauseReading(): void {
    this.socket.pause();
  }

  resumeReading(): void {
    this.socket.resume();
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#outgoing.length === 0) setImmediate(() => this.#flush());
    this.#outgoing.push(bytes);
  }

  #flush(): void {
    if (this.#over || this.#outgoing.length === 0) return;
    this.socket.write(Buffer.concat(this.#outgoing));
    this.#outgoing = [];
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.listener.onClosed();
  }

  /** Answers to one connection's requests come in their order. */
  #onAnswer(answer: Answer): void {
    const request = this.#open[this.#answered];
    if (request === undefined || request.id !== answer.id)
      return this.listener.onNonsense(`not the answer that is due: ${JSON.stringify(answer)}`);
    if (++this.#answered === DONE) {
      this.#open.splice(0, DONE);
      this.#answered = 0;
    }
    this.asOf = request.at;
    request.onAnswer(answer);
  }
}

/** Answered requests that are forgotten at once. */
const DONE = 1024;
