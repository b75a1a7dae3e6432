import { once } from 'node:events';
import type { PlainClient } from './plain-client';
import { PLAIN_CLIENTS } from './plain-clients';
import type { ClientWork } from './plan';
import { fill, publishFor } from './publishing';
import { consume, subscribe } from './receiving';
import { requestFor } from './requesting';

/** A process with one client: gets its work, and answers when it is done, or, where it serves others, ready. */
export async function runPlainClient(): Promise<void> {
  const [work] = (await once(process, 'message')) as [ClientWork];
  const connect: (typeof PLAIN_CLIENTS)[keyof typeof PLAIN_CLIENTS] = PLAIN_CLIENTS[work.client];
  const client = await connect({ ...work, many: work.kind !== 'request' || work.inFlight > 1 });
  process.send!((await carryOut(client, work)) ?? 'done');
}

async function carryOut(client: PlainClient, work: ClientWork): Promise<object | void> {
  switch (work.kind) {
    case 'publish':
      return publishFor(client, work);
    case 'fill':
      await fill(client, work);
      return void (await client.close());
    case 'subscribe':
      return subscribe(client);
    case 'consume':
      return consume(client, work);
    case 'request':
      return requestFor(client, work);
    case 'respond':
      if (client.respond === undefined) throw new Error('the client has no responders');
      return void (await client.respond((message) => message));
  }
}
