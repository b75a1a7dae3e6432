import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Answer, GapFrame, IncomingFrame, PushFrame } from './frames';

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
 * One JSON-lines connection. It knows nothing of reconnecting or sending again: what has no answer when it ends has
 * none. What is sent in one turn goes out in one write.
 */
export class Peer {
  /** When the last request was sent that has been answered, or the connection was opened. */
  asOf = Date.now();
  readonly #open: { readonly id: number | undefined; readonly at: number; readonly onAnswer: OnAnswer }[] =
    [];
  #answered = 0;
  #outgoing: string[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #over = false;

  private constructor(
    readonly number: number,
    private readonly socket: Socket,
    private readonly listener: PeerListener,
  ) {
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#end());
    // The broker says no more; this tool half-closes nothing.
    socket.on('end', () => socket.destroy());
  }

  /** Throws when nobody listens. */
  static async connect(port: number, number: number, listener: PeerListener): Promise<Peer> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Peer(number, socket, listener);
  }

  get over(): boolean {
    return this.#over;
  }

  /** Requests that have no answer yet. */
  get unanswered(): number {
    return this.#open.length - this.#answered;
  }

  send(frame: { readonly action: string; readonly id?: number }, onAnswer: OnAnswer): void {
    if (this.#over) return;
    this.#open.push({ id: frame.id, at: Date.now(), onAnswer });
    if (this.#outgoing.length === 0) setImmediate(() => this.#flush());
    this.#outgoing.push(`${JSON.stringify(frame)}\n`);
  }

  /** Ends the connection; what comes from now on is not heard. */
  cut(how: Cut): void {
    if (this.#over) return;
    if (how === 'reset') this.socket.resetAndDestroy();
    else {
      const text = this.#outgoing.length > 0 ? this.#outgoing.join('') : '{"action":"ping"}\n';
      this.socket.write(text.slice(0, Math.floor(text.length * how.afterPart)));
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

  #flush(): void {
    if (this.#over) return;
    this.socket.write(this.#outgoing.join(''));
    this.#outgoing = [];
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.listener.onClosed();
  }

  #onData(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0 && !this.#over; end = chunk.indexOf(0x0a, start)) {
      const line = chunk.subarray(start, end);
      this.#onLine(this.#rest.length === 0 ? line : Buffer.concat([this.#rest, line]));
      this.#rest = EMPTY;
      start = end + 1;
    }
    if (start < chunk.length) this.#rest = Buffer.concat([this.#rest, chunk.subarray(start)]);
  }

  #onLine(line: Buffer): void {
    let frame: IncomingFrame;
    try {
      frame = JSON.parse(line.toString('utf8')) as IncomingFrame;
    } catch {
      return this.listener.onNonsense(`not JSON: ${line.toString('utf8').slice(0, 200)}`);
    }
    if (frame.type === 'push') this.listener.onPush(frame);
    else if (frame.type === 'gap') this.listener.onGap(frame);
    else this.#onAnswer(frame);
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

const EMPTY = Buffer.alloc(0);
/** Answered requests that are forgotten at once. */
const DONE = 1024;
