import { ADMIN_VERBS } from '@pochta/protocol';
import { BuiltBroker } from '@pochta/testing/processes';
import { connectClient } from './kit/clients';

interface Connections {
  readonly connections: readonly { readonly id: string; readonly subscriptions: number }[];
}

it('what an administrator has created and changed outlives a kill -9', async () => {
  const broker = await BuiltBroker.start();
  const admin = await connectClient(broker.port);
  await admin.request(ADMIN_VERBS.createTopic, { topic: 'a', policy: { maxMessages: 5 } });
  await admin.request(ADMIN_VERBS.createTopic, { topic: 'b' });
  const changed = await admin.request(ADMIN_VERBS.updateTopic, { topic: 'b', policy: { maxBytes: 9 } });
  await admin.request(ADMIN_VERBS.createTopic, { topic: 'c' });
  await admin.request(ADMIN_VERBS.deleteTopic, { topic: 'c' });

  await broker.killAtOnce();
  await broker.start();

  expect(await admin.request(ADMIN_VERBS.topicInfo, { topic: 'a' })).toMatchObject({
    policy: { maxMessages: 5 },
  });
  expect(await admin.request(ADMIN_VERBS.topicInfo, { topic: 'b' })).toEqual(changed);
  await expect(admin.request(ADMIN_VERBS.topicInfo, { topic: 'c' })).rejects.toMatchObject({
    code: 'TOPIC_UNKNOWN',
  });
});

it('a client whose connection is closed comes back, and misses nothing', async () => {
  const { port } = await BuiltBroker.start();
  const [admin, consumer] = [await connectClient(port), await connectClient(port)];
  const messages = (await consumer.subscribe('t'))[Symbol.asyncIterator]();
  await admin.publish('t', 1);
  const seen: unknown[] = [(await messages.next()).value?.value];

  const { connections } = await admin.request<Connections>(ADMIN_VERBS.listConnections, {});
  const { id } = connections.find(({ subscriptions }) => subscriptions === 1)!;
  await admin.request(ADMIN_VERBS.closeConnection, { connection: id });
  for (const n of [2, 3]) await admin.publish('t', n);
  for (let n = 0; n < 2; n += 1) seen.push((await messages.next()).value?.value);
  expect(seen).toEqual([1, 2, 3]);
});
