import { measureSpan } from '../measured-span';
import { withinPatience } from '../patience';
import { NumberedMessages, numberOf } from './numbered';
import type { PlainClient } from './plain-client';
import type { ClientFindings, RequestWork } from './plan';

/** As many callers as may be in flight, each of which asks anew when it is answered. */
export async function requestFor(client: PlainClient, work: RequestWork): Promise<ClientFindings> {
  const { request } = client;
  if (request === undefined) throw new Error('the client has no requests');
  const messages = new NumberedMessages(work.payloadBytes);
  let running = true;
  let answered = 0;
  const call = async () => {
    while (running) {
      const message = messages.next();
      const number = numberOf(await request(message));
      if (number !== numberOf(message)) throw new Error(`${numberOf(message)} was answered with ${number}`);
      answered++;
    }
  };
  const calls = Promise.all(Array.from({ length: work.inFlight }, call));
  const failed = calls.then(() => new Promise<never>(() => undefined));
  const findings = await measureSpan(work, () => answered, failed);
  running = false;
  await withinPatience('the last answers', calls);
  return { ...findings, published: answered };
}
