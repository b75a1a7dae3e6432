import { cleanUp, startBroker } from '@pochta/testing';
import { pochta } from './pochta-client';
import { fill, publishFor } from './publishing';
import { consume } from './receiving';
import { requestFor } from './requesting';

const times = { warmUpMs: 50, measureMs: 200 };

afterEach(cleanUp);

async function open(topic: string) {
  const topics = {
    live: { maxMessages: 5000, overflow: 'drop-oldest' },
    backlog: { maxMessages: 5000, overflow: 'reject' },
  } as const;
  const { port } = await startBroker({ engine: 'lmdb', topics });
  const work = { client: '@pochta/client', port, topic, limit: 5000, payloadBytes: 100 } as const;
  const connect = () => pochta({ port, topic });
  return { work, connect };
}

it('counts confirms', async () => {
  const { work, connect } = await open('live');
  const client = await connect();
  const plan = { kind: 'publish', ...work, ...times, window: 1000 } as const;
  const { perSecond, published } = await publishFor(client, plan);
  expect(perSecond).toBeGreaterThan(100);
  expect(published).toBeGreaterThan(perSecond / 10);
  await client.close();
});

it('takes and acks a backlog from its beginning to its end', async () => {
  const { work, connect } = await open('backlog');
  const filler = await connect();
  await fill(filler, { kind: 'fill', ...work, messages: 3000, window: 1000 });
  await filler.close();
  const plan = { kind: 'consume', ...work, messages: 3000, prefetch: 100 } as const;
  const { perSecond, published } = await consume(await connect(), plan);
  expect(perSecond).toBeGreaterThan(100);
  expect(published).toBe(3000);
});

it('asks as often as it is answered', async () => {
  const { work, connect } = await open('live');
  const responder = await connect();
  await responder.respond!((message) => message);
  const requester = await connect();
  const plan = { kind: 'request', ...work, ...times, inFlight: 8 } as const;
  const { perSecond, published } = await requestFor(requester, plan);
  expect(perSecond).toBeGreaterThan(100);
  expect(published).toBeGreaterThan(perSecond / 10);
  await requester.close();
  await responder.close();
});
