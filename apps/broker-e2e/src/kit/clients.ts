import { connect, type Client } from '@pochta/client';
import { FakePeer } from '@pochta/testing';
import { afterThisTest } from '@pochta/testing/processes';

/** ms that only a hanging test waits; the machine may be busy. */
const DEADLINE = 60_000;

/** A client that comes back quickly. Closed after the test. */
export async function connectClient(port: number): Promise<Client> {
  const client = await connect({ port, reconnect: { initialDelay: 10, maxDelay: 200 } });
  afterThisTest(() => client.close());
  return client;
}

/** A bare socket: what a person with telnet has. Closed after the test. */
export async function connectPeer(port: number, host = '127.0.0.1'): Promise<FakePeer> {
  const peer = await FakePeer.connect({ port, host }, DEADLINE);
  afterThisTest(() => peer.socket.destroy());
  return peer;
}
