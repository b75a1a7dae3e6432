import type { Gap } from '@pochta/client';
import { BuiltBroker } from '@pochta/testing/processes';
import { connectClient } from './kit/clients';

it('a subscriber outlives a broker that kept everything in memory: told that the past is gone, it misses nothing new', async () => {
  const broker = await BuiltBroker.start({ env: { POCHTA_ENGINE: 'memory' } });
  const [publisher, consumer] = [await connectClient(broker.port), await connectClient(broker.port)];
  const seen: (unknown | Gap)[] = [];
  const messages = await consumer.subscribe('t', { onGap: ({ reason }) => seen.push(reason) });
  const next = messages[Symbol.asyncIterator]();
  for (const n of [1, 2, 3]) await publisher.publish('t', n);
  for (let n = 0; n < 3; n += 1) seen.push((await next.next()).value.value);

  await broker.killAtOnce();
  const published = Promise.all([4, 5].map((n) => publisher.publish('t', n)));
  await broker.start();
  await published;
  for (const n of [6, 7, 8, 9]) await publisher.publish('t', n);
  for (let n = 0; n < 6; n += 1) seen.push((await next.next()).value.value);

  expect(seen).toEqual([1, 2, 3, 'epoch', 4, 5, 6, 7, 8, 9]);
});
