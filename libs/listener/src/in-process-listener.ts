import { errorFor } from '@pochta/protocol';
import type { Duplex } from 'node:stream';
import { ConnectionSet, type ConnectionSetOptions } from './connection-set';
import { InMemorySocket } from './in-memory-socket';

/** What a peer in this process is called in logs. */
const PEER_NAME = 'in-process';

/** Takes connections from this process, without ports: as a `TcpListener` does, with the same limits. */
export class InProcessListener {
  readonly #connections: ConnectionSet;
  #state: 'closed' | 'open' | 'draining' = 'closed';

  constructor(options: ConnectionSetOptions) {
    this.#connections = new ConnectionSet(options);
  }

  /** Sockets at the moment, those that are about to end too. */
  get connections(): number {
    return this.#connections.size;
  }

  open(): void {
    this.#connections.open();
    this.#state = 'open';
  }

  /** The peer's end of a new connection. Throws `CONNECTION_FAILED` before `open`, and `SHUTTING_DOWN` after `drain`. */
  openSocket(): Duplex {
    if (this.#state === 'closed') throw errorFor('CONNECTION_FAILED', 'The broker has not been started');
    if (this.#state === 'draining') throw errorFor('SHUTTING_DOWN');
    // A peer that has said all it has to say still gets its answers.
    const [ours, theirs] = InMemorySocket.pair({ allowHalfOpen: true });
    this.#connections.accept(ours, PEER_NAME);
    return theirs;
  }

  /** As with `TcpListener`. */
  drain(): void {
    this.#state = 'draining';
    this.#connections.drain();
  }

  /** As with `TcpListener`. */
  close(timeout: number): Promise<void> {
    this.#state = 'draining';
    return this.#connections.close(timeout);
  }
}
