import { errorFor } from '@pochta/protocol';
import type { Broker } from '../broker';
import type { Connection } from '../connection';

/** What is known of a connection. */
export interface ConnectionReport {
  /** Not used again, not even after a restart. */
  readonly id: string;
  /** The peer's address and port. */
  readonly peer: string;
  /** When its first frame came, in ms since the epoch. */
  readonly since: number;
  readonly subscriptions: number;
  /** Topics that it responds on. */
  readonly responders: number;
  /** Its own requests that are not over. */
  readonly requests: number;
  /** Messages in flight to it, as a member of consumer groups. */
  readonly inFlight: number;
}

export interface ConnectionListOptions {
  /** Most connections of the page; default 100. */
  readonly limit?: number;
  /** The connection behind which the page begins: `next` of the page before. It may be gone by now. */
  readonly after?: string;
}

export interface ConnectionList {
  /** Oldest first. */
  readonly connections: readonly ConnectionReport[];
  /** The last connection of the page, when there are more. */
  readonly next?: string;
}

/**
 * What an administrator may do with connections of peers. Handlers in the broker's own process are none of these. A
 * peer that uses the one-topic shorthand has two connections, which end together.
 */
export class ConnectionAdministration {
  constructor(private readonly broker: Broker) {}

  list({ limit = 100, after }: ConnectionListOptions = {}): ConnectionList {
    const connections: ConnectionReport[] = [];
    for (const connection of this.broker.connections) {
      if (connection.peer.inProcess === true || !isBehind(connection.id, after)) continue;
      if (connections.length === limit) return { connections, next: connections[limit - 1].id };
      connections.push(report(connection));
    }
    return { connections };
  }

  /**
   * Ends a connection. Its peer gets the answers it is owed, and then `CONNECTION_CLOSED`; it may connect again. A peer
   * may close its own. Throws `UNKNOWN_CONNECTION`.
   */
  close(id: string): void {
    for (const { id: known, peer, outlet } of this.broker.connections) {
      if (known !== id || peer.inProcess === true) continue;
      outlet.failed(errorFor('CONNECTION_CLOSED', 'Closed by an administrator'));
      return;
    }
    throw errorFor('UNKNOWN_CONNECTION');
  }
}

function report(connection: Connection): ConnectionReport {
  const { id, peer, since, subscriptions, responders, openRequests: requests, inFlight } = connection;
  return { id, peer: peer.name, since, subscriptions, responders, requests, inFlight };
}

/** Whether the connection is younger than the other one; all are, when that one was another process's. */
function isBehind(id: string, other: string | undefined): boolean {
  if (other === undefined) return true;
  const [process, count] = id.split('-');
  const [otherProcess, otherCount] = other.split('-');
  return process !== otherProcess || Number(count) > Number(otherCount);
}
