import { ADMIN_VERBS } from '@pochta/protocol';
import { cleanUp, FakePeer, startBroker } from '@pochta/testing';

afterEach(cleanUp);

async function administered(options: Parameters<typeof startBroker>[0] = {}) {
  const broker = await startBroker({ administration: true, ...options });
  const peer = await FakePeer.connect(broker);
  const ask = (topic: string, message: unknown = {}) => peer.ask({ action: 'request', topic, message });
  return { broker, peer, ask };
}

const success = (message: unknown) => ({ status: 'success', message });

describe('a broker that is administered by its peers', () => {
  it('answers every verb, and says what is wrong with a request', async () => {
    const { ask, peer } = await administered();
    for (const verb of Object.values(ADMIN_VERBS)) {
      expect([verb, await ask(verb, { nonsense: 1 })]).toMatchObject([verb, { code: 'VALIDATION_FAILED' }]);
    }
    expect(await ask(ADMIN_VERBS.topicInfo, { topic: 'nothing' })).toEqual({
      status: 'error',
      code: 'TOPIC_UNKNOWN',
      message: 'Unknown topic: nothing',
    });
    expect(await peer.ask({ action: 'respond', topic: ADMIN_VERBS.listTopics })).toMatchObject({
      code: 'INVALID_FRAME',
    });
  });

  it('creates, lists and deletes topics', async () => {
    const { ask } = await administered();
    const created = await ask(ADMIN_VERBS.createTopic, { topic: 'orders', policy: { maxMessages: 5 } });
    expect(created).toMatchObject(success({ name: 'orders', policy: { maxMessages: 5 } }));
    expect(await ask(ADMIN_VERBS.listTopics)).toEqual(success({ topics: [created.message] }));
    expect(await ask(ADMIN_VERBS.deleteTopic, { topic: 'orders' })).toEqual(
      success({ topic: 'orders', deleted: true }),
    );
    expect(await ask(ADMIN_VERBS.listTopics)).toEqual(success({ topics: [] }));
  });

  it('shows messages with all their digits', async () => {
    const { ask, peer } = await administered();
    peer.sendBytes('{"action":"publish","topic":"t","message":1234567890123456789.10}\n');
    await peer.next();
    peer.send({ action: 'request', topic: ADMIN_VERBS.browseTopic, message: { topic: 't' } });
    expect(await peer.nextLine()).toContain('"message":1234567890123456789.10}');
    expect(await ask(ADMIN_VERBS.purgeTopic, { topic: 't' })).toEqual(success({ topic: 't', purged: 1 }));
  });

  it('lists the connections of peers only, and is so again after a restart', async () => {
    const { broker, ask } = await administered();
    const one = { connections: [{ subscriptions: 0, responders: 0 }] };
    expect((await ask(ADMIN_VERBS.listConnections)).message).toMatchObject(one);
    await broker.restart();
    const peer = await FakePeer.connect(broker);
    const listing = { action: 'request', topic: ADMIN_VERBS.listConnections, message: {} };
    expect((await peer.ask(listing)).message).toMatchObject(one);
  });
});

it('a broker is not administered by its peers unless it is told so', async () => {
  const { ask } = await administered({ administration: undefined });
  expect(await ask(ADMIN_VERBS.listTopics)).toMatchObject({ code: 'NO_RESPONDERS' });
});
