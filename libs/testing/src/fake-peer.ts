import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { atCleanup } from './cleanup';

/** ms that a peer waits for what a test expects: less than a test may last, so that its report is seen. */
const DEADLINE = 15_000;

/** A frame that came: a test says what it takes a member for. */
export type AnyFrame = Record<string, unknown>;

export interface Address {
  readonly host?: string;
  readonly port: number;
}

/** One `data` event of the socket. */
export interface RawChunk {
  readonly text: string;
  /** `performance.now()` when it came. */
  readonly at: number;
}

/** A raw peer: says exactly the bytes it is told to, and waits for lines, frames or chunks. */
export class FakePeer<S extends Duplex = Socket> {
  /** Resolves when both sides are closed; never rejects. */
  readonly closed: Promise<void>;
  /** Resolves when the broker has ended its side. */
  readonly ended: Promise<void>;
  /** Everything that came, as it came. */
  readonly chunks: RawChunk[] = [];
  readonly #lines: string[] = [];
  #rest: Buffer[] = [];
  #taken = 0;
  #takenChunks = 0;
  #over = false;
  #onNews: (() => void)[] = [];

  private constructor(
    readonly socket: S,
    private readonly deadline: number,
  ) {
    this.ended = new Promise((resolve) => socket.once('end', resolve).once('close', () => resolve()));
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', () => undefined);
    for (const event of ['end', 'close']) socket.on(event, () => this.#onOver());
  }

  /** `deadline`: ms that each wait may last, default 15,000. */
  static async connect(
    { host = '127.0.0.1', port }: Address,
    deadline: number = DEADLINE,
  ): Promise<FakePeer> {
    const socket = connect({ host, port, noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    atCleanup(() => socket.destroy());
    return new FakePeer(socket, deadline);
  }

  /** A peer that has the other end of a connection already; `deadline` as with `connect`. */
  static over(socket: Duplex, deadline: number = DEADLINE): FakePeer<Duplex> {
    atCleanup(() => socket.destroy());
    return new FakePeer(socket, deadline);
  }

  /** Sends bytes as they are. */
  sendBytes(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Sends each value as a JSON line, all in one write. */
  send(...frames: unknown[]): void {
    this.socket.write(frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''));
  }

  /** Says that no more comes; still reads. */
  halfClose(): void {
    this.socket.end();
  }

  /** Ends the connection and waits until it is gone. */
  async close(): Promise<void> {
    this.socket.end();
    await this.closed;
  }

  /** Cuts the connection with a reset. */
  reset(): void {
    if (this.socket instanceof Socket) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  /** The next line, parsed. */
  async next(): Promise<AnyFrame> {
    return JSON.parse(await this.nextLine()) as AnyFrame;
  }

  /** The next lines, parsed. */
  async take(count: number): Promise<AnyFrame[]> {
    const frames: AnyFrame[] = [];
    while (frames.length < count) frames.push(await this.next());
    return frames;
  }

  /** The next line as it came, without its newline. */
  async nextLine(): Promise<string> {
    await this.#wait(() => this.#lines.length > this.#taken, 'a line');
    return this.#lines[this.#taken++];
  }

  /** Frames up to and with the first for which `isLast` holds. */
  async until(isLast: (frame: AnyFrame) => boolean): Promise<AnyFrame[]> {
    const frames: AnyFrame[] = [];
    do frames.push(await this.next());
    while (!isLast(frames[frames.length - 1]));
    return frames;
  }

  /** Sends a frame and waits for the next line. */
  async ask(frame: unknown): Promise<AnyFrame> {
    this.send(frame);
    return this.next();
  }

  /** The next chunk, as one read gave it. */
  async nextChunk(): Promise<RawChunk> {
    await this.#wait(() => this.chunks.length > this.#takenChunks, 'a chunk');
    return this.chunks[this.#takenChunks++];
  }

  /** Lines that have come and nobody has taken yet. */
  get untaken(): readonly string[] {
    return this.#lines.slice(this.#taken);
  }

  #onData(chunk: Buffer): void {
    this.chunks.push({ text: chunk.toString('utf8'), at: performance.now() });
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      this.#rest.push(chunk.subarray(start, end));
      this.#lines.push(Buffer.concat(this.#rest).toString('utf8'));
      this.#rest = [];
      start = end + 1;
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start));
    this.#tell();
  }

  #onOver(): void {
    this.#over = true;
    this.#tell();
  }

  #tell(): void {
    for (const onNews of this.#onNews.splice(0)) onNews();
  }

  async #wait(isThere: () => boolean, what: string): Promise<void> {
    const expires = performance.now() + this.deadline;
    while (!isThere()) {
      if (this.#over) throw new Error(`connection ended before ${what} came; ${this.#story()}`);
      const left = expires - performance.now();
      if (left <= 0) throw new Error(`${what} did not come within ${this.deadline} ms; ${this.#story()}`);
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#onNews.push(resolve);
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
  }

  #story(): string {
    const rest = Buffer.concat(this.#rest).toString('utf8').slice(0, 200);
    const last = this.#lines.slice(-5).map((line) => line.slice(0, 200));
    return `${this.#lines.length} lines came, the last: ${JSON.stringify(last)}, then ${JSON.stringify(rest)}`;
  }
}
