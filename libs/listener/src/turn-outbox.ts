import type { Encoding } from '@pochta/broker-core';
import type { Lease } from '@pochta/protocol';
import type { Flushable, FlushTurn } from './flush-turn';
import type { Outbox } from './outbox';
import type { PeerSocket } from './peer-socket';

/**
 * Unread bytes above which a connection gets no pushes. Enough to keep a fast reader busy while the next page is read,
 * little enough for thousands of readers that stand still.
 */
const MAX_UNREAD = 512 * 1024;

/**
 * Bytes that a connection may write in one turn. A turn may take megabytes in from a publisher, so a reader must be
 * able to get as much out, or it would never catch up; but while one reader is served, the others wait.
 */
const TURN_BUDGET = 4 * 1024 * 1024;

/** Below this, chunks are put together: one small copy is cheaper than a vectored write. */
const COPY_BELOW = 16 * 1024;

/**
 * Hastened pushes that leave before the turn ends; then twice as many, and so on, so that few writes carry thousands.
 * Requests and their replies go through three processes: all in one write, they would be in one of them at a time.
 * Each write may have to wake a peer, which costs as much as to pass on ten requests.
 */
const FIRST_TRAIN = 32;

/**
 * Collects what a turn of the event loop has for a peer, and writes it at once; a full outbox is written before the
 * turn ends, so that a peer that reads fast is held back by its socket and not by the turns.
 */
export class TurnOutbox implements Outbox, Flushable {
  #answers: Uint8Array[] = [];
  #pushes: Uint8Array[] = [];
  /** Held for what waits here. */
  #lent: Lease[] = [];
  #queued = 0;
  #due = false;
  #early = false;
  /** Bytes written before the end of this turn. */
  #spent = 0;
  #ending = false;
  /** Hastened pushes since the last write. */
  #hastened = 0;
  #train = FIRST_TRAIN;
  /** Whether a push waits that must stay behind the confirm of its message, which may come later in this turn. */
  #held = false;

  constructor(
    private readonly socket: PeerSocket,
    private readonly turn: FlushTurn,
    /** Called after every flush: the backlog has changed. */
    private readonly onFlushed: () => void,
  ) {}

  get backlog(): number {
    return this.#queued + this.socket.writableLength;
  }

  get writable(): boolean {
    return this.backlog < MAX_UNREAD;
  }

  answer(bytes: Uint8Array): void {
    this.#answers.push(bytes);
    this.#add(bytes.length);
  }

  push(bytes: Uint8Array): void {
    this.#held = true;
    this.#pushes.push(bytes);
    this.#add(bytes.length);
  }

  pushAll({ pieces, lease }: Encoding): void {
    for (const piece of pieces) this.push(piece);
    if (lease === undefined) return;
    lease.hold();
    this.#lent.push(lease);
  }

  hasten(bytes: Uint8Array): void {
    // The first of a turn leaves with what the same chunk brings, which is all with one under way; what others bring, later.
    if (!this.#due) process.nextTick(TurnOutbox.#flushFirst, this);
    this.turn.stayAwake();
    this.#pushes.push(bytes);
    this.#add(bytes.length);
    if (++this.#hastened < this.#train || this.#held || this.#spent >= TURN_BUDGET) return;
    this.#train *= 2;
    this.#spent += this.#queued;
    this.#write();
  }

  seal(): void {
    if (this.#pushes.length === 0) return;
    for (const bytes of this.#pushes) this.#answers.push(bytes);
    this.#pushes = [];
  }

  end(): void {
    this.#ending = true;
    this.#add(0);
  }

  discard(): void {
    this.#answers = [];
    this.#pushes = [];
    // What was lent is left to the collector.
    this.#lent = [];
    this.#queued = 0;
    this.#held = false;
  }

  flush(): void {
    this.#due = false;
    this.#spent = 0;
    if (this.#queued > 0) this.#write();
    this.#train = FIRST_TRAIN;
    if (this.#ending && !this.socket.writableEnded) this.socket.end();
    this.onFlushed();
  }

  #add(bytes: number): void {
    this.#queued += bytes;
    if (this.#queued >= MAX_UNREAD && !this.#early && this.#spent < TURN_BUDGET) {
      this.#early = true;
      // Behind all microtasks: a confirm that is on its way still goes before the push of its message.
      process.nextTick(TurnOutbox.#flushEarly, this);
    }
    if (this.#due) return;
    this.#due = true;
    this.turn.add(this);
  }

  // One function for all connections, most of which never need it.

  static readonly #flushEarly = (outbox: TurnOutbox): void => {
    outbox.#early = false;
    outbox.#spent += outbox.#queued;
    if (outbox.#queued > 0) outbox.#write();
    outbox.onFlushed();
  };

  static readonly #flushFirst = (outbox: TurnOutbox): void => {
    if (outbox.#held || outbox.#queued === 0) return;
    outbox.#spent += outbox.#queued;
    outbox.#write();
  };

  #write(): void {
    this.seal();
    const chunks = this.#answers;
    const lent = this.#lent;
    const total = this.#queued;
    this.#answers = [];
    if (lent.length > 0) this.#lent = [];
    this.#queued = 0;
    this.#hastened = 0;
    this.#held = false;
    const { socket } = this;
    if (!socket.writable) return;
    if (chunks.length > 1 && total < COPY_BELOW) {
      socket.write(Buffer.concat(chunks, total));
      for (const lease of lent) lease.release();
      return;
    }
    const last = chunks.pop()!;
    if (chunks.length > 0) socket.cork();
    for (const chunk of chunks) socket.write(chunk);
    if (lent.length === 0) socket.write(last);
    else socket.write(last, (error) => releaseSent(lent, socket, error));
    if (chunks.length > 0) socket.uncork();
  }
}

/** Once the system has taken all of it. What did not leave, or perhaps not, is left to the collector. */
function releaseSent(lent: readonly Lease[], { destroyed }: PeerSocket, error?: Error | null): void {
  if (error || destroyed) return;
  for (const lease of lent) lease.release();
}
