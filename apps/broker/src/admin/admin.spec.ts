import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageBatch } from '@pochta/protocol';
import { ADMIN_VERBS, type AdminVerb } from '@pochta/protocol/dto';
import { type AnyFrame, FakePeer } from '@pochta/testing';
import pino from 'pino';
import { BrokerApp } from '../broker-app';
import { BrokerConfig } from '../config/broker-config';

const ENGINES = ['memory', 'lmdb'] as const;

const UNDO: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of UNDO.splice(0).reverse()) await undo();
});

async function start(settings: Partial<BrokerConfig> = {}) {
  const logger = pino({ level: 'silent' });
  const config = Object.assign(new BrokerConfig(), {
    engine: 'memory',
    port: 0,
    httpPort: 'off',
    ...settings,
  });
  const app = await BrokerApp.start(config, logger);
  UNDO.push(() => app.stop());
  const connect = async (): Promise<FakePeer> => {
    const peer = await FakePeer.connect({ port: app.server.addresses[0].port });
    UNDO.push(() => peer.close());
    return peer;
  };
  const peer = await connect();
  const ask = (topic: AdminVerb, message: unknown = {}): Promise<AnyFrame> =>
    peer.ask({ action: 'request', topic, message });
  const publish = async (topic: string, ...messages: unknown[]): Promise<void> => {
    for (const message of messages) await peer.ask({ action: 'publish', topic, message });
  };
  return { app, peer, connect, ask, publish };
}

async function dataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pochta-'));
  UNDO.push(() => rm(folder, { recursive: true }));
  return folder;
}

const success = (message: unknown): object => ({ status: 'success', message });
const refusal = (code: string, message: string): object => ({ status: 'error', code, message });

describe.each(['memory', 'lmdb'] as const)(
  'topics, administered over the broker itself, with %s',
  (engine) => {
    const run = async () => start({ engine, dataDir: await dataDir() });

    it('are created, changed, listed and told', async () => {
      const { ask, peer } = await run();
      const topic = 'shop.orders';
      const created = await ask(ADMIN_VERBS.createTopic, { topic, policy: { maxMessages: 5 } });
      expect(created).toMatchObject(success({ name: topic, policy: { maxMessages: 5 }, messages: 0 }));
      expect(await ask(ADMIN_VERBS.createTopic, { topic, policy: { maxMessages: 5 } })).toEqual(created);
      expect(await ask(ADMIN_VERBS.createTopic, { topic, policy: { maxMessages: 6 } })).toEqual(
        refusal('TOPIC_EXISTS', 'The topic exists with another policy'),
      );
      const updated = await ask(ADMIN_VERBS.updateTopic, { topic, policy: { maxMessages: 7 } });
      expect(updated).toMatchObject(success({ policy: { maxMessages: 7, overflow: 'reject' } }));
      expect(await ask(ADMIN_VERBS.updateTopic, { topic, policy: { storage: 'memory' } })).toMatchObject({
        code: 'NOT_SUPPORTED',
      });
      await peer.ask({ action: 'subscribe', topic });
      const { message: info } = await ask(ADMIN_VERBS.topicInfo, { topic });
      expect(info).toMatchObject({ name: topic, subscriptions: 1, groups: 0 });
      await ask(ADMIN_VERBS.createTopic, { topic: 'shop.paid' });
      // The broker app has topics of its own: these are told apart by the filter.
      expect(await ask(ADMIN_VERBS.listTopics, { filter: 'shop.*' })).toMatchObject(
        success({ topics: [{ name: topic }, { name: 'shop.paid' }] }),
      );
      const { message: all } = await ask(ADMIN_VERBS.listTopics);
      const names = (all as { topics: { name: string }[] }).topics.map(({ name }) => name);
      expect(names).toEqual(names.toSorted());
      expect(names).toEqual(expect.arrayContaining(['chat_room', topic, 'shop.paid']));
      const page = await ask(ADMIN_VERBS.listTopics, { filter: 's*', limit: 1, after: 'a' });
      expect(page).toEqual(refusal('VALIDATION_FAILED', 'filter must have * and > as whole tokens only'));
      expect(await ask(ADMIN_VERBS.listTopics, { filter: 'shop.*', limit: 1, after: 'shop' })).toEqual(
        success({ topics: [info], next: topic }),
      );
    });

    it('are browsed, purged and deleted', async () => {
      const { ask, app, peer, publish } = await run();
      await publish('t', { n: 1 });
      const { broker } = app.server;
      const bytes = MessageBatch.of(Buffer.from([0, 255]), { contentType: 'image/png' });
      await broker.store.append('t', bytes);
      peer.sendBytes('{"action":"publish","topic":"t","message":1234567890123456789.10,"key":"k"}\n');
      await peer.next();
      peer.send({ action: 'request', topic: ADMIN_VERBS.browseTopic, message: { topic: 't' } });
      const line = await peer.nextLine();
      expect(line).toContain('"message":1234567890123456789.10}');
      const timestamp = expect.any(Number) as unknown;
      expect(JSON.parse(line)).toMatchObject(
        success({
          messages: [
            { sequence: 1, timestamp, message: { n: 1 } },
            { sequence: 2, timestamp, message: 'AP8=', encoding: 'base64', contentType: 'image/png' },
            { sequence: 3, timestamp, key: 'k' },
          ],
        }),
      );
      expect(await ask(ADMIN_VERBS.browseTopic, { topic: 't', from: 1, limit: 1 })).toEqual(
        success({ messages: [{ sequence: 1, timestamp, message: { n: 1 } }], next: 2 }),
      );
      expect(await ask(ADMIN_VERBS.purgeTopic, { topic: 't' })).toEqual(success({ topic: 't', purged: 3 }));
      expect(await ask(ADMIN_VERBS.browseTopic, { topic: 't' })).toEqual(success({ messages: [] }));
      expect(await ask(ADMIN_VERBS.deleteTopic, { topic: 't' })).toEqual(
        success({ topic: 't', deleted: true }),
      );
      expect(await ask(ADMIN_VERBS.topicInfo, { topic: 't' })).toEqual(
        refusal('TOPIC_UNKNOWN', 'Unknown topic: t'),
      );
      expect(await ask(ADMIN_VERBS.deleteTopic, { topic: 'chat_room' })).toEqual(
        refusal('FORBIDDEN', 'chat_room cannot be deleted: a handler of the broker app declares it'),
      );
    });

    it('that do not exist are unknown to every verb', async () => {
      const { ask } = await run();
      const group = { topic: 'nothing', group: 'g' };
      for (const [verb, message] of [
        [ADMIN_VERBS.updateTopic, { topic: 'nothing', policy: {} }],
        [ADMIN_VERBS.deleteTopic, { topic: 'nothing' }],
        [ADMIN_VERBS.purgeTopic, { topic: 'nothing' }],
        [ADMIN_VERBS.browseTopic, { topic: 'nothing' }],
        [ADMIN_VERBS.redriveTopic, { topic: 'nothing' }],
        [ADMIN_VERBS.listGroups, { topic: 'nothing' }],
        [ADMIN_VERBS.groupInfo, group],
        [ADMIN_VERBS.resetGroup, { ...group, from: 'new' }],
        [ADMIN_VERBS.deleteGroup, group],
      ] as const) {
        expect([verb, await ask(verb, message)]).toMatchObject([verb, { code: 'TOPIC_UNKNOWN' }]);
      }
    });
  },
);

it('keeps the policy that an administrator gave a topic over a restart', async () => {
  const settings = { engine: 'lmdb', dataDir: await dataDir() } as const;
  const { app, ask } = await start(settings);
  await ask(ADMIN_VERBS.createTopic, {
    topic: 'kept.created',
    policy: { maxMessages: 5, ackDeadline: 60_000 },
  });
  await ask(ADMIN_VERBS.createTopic, { topic: 'kept.changed' });
  await ask(ADMIN_VERBS.updateTopic, { topic: 'kept.changed', policy: { overflow: 'drop-oldest' } });
  const { message: before } = await ask(ADMIN_VERBS.listTopics, { filter: 'kept.*' });
  await app.stop();
  const restarted = await start(settings);
  const { message: after } = await restarted.ask(ADMIN_VERBS.listTopics, { filter: 'kept.*' });
  expect(after).toEqual(before);
  expect(after).toMatchObject({
    topics: [
      { name: 'kept.changed', policy: { overflow: 'drop-oldest', maxMessages: 1000 } },
      { name: 'kept.created', policy: { maxMessages: 5, ackDeadline: 60_000, overflow: 'reject' } },
    ],
  });
});

describe('a request to administrate', () => {
  it.each([
    [ADMIN_VERBS.listTopics, { limit: 1001 }, 'limit must be an integer from 1 to 1000'],
    [ADMIN_VERBS.listTopics, { after: 5 }, 'after must be a string'],
    [ADMIN_VERBS.listTopics, { filtr: '*' }, 'filtr is not known here'],
    [ADMIN_VERBS.listTopics, null, 'The message of $pochta.topics.list must be an object'],
    [ADMIN_VERBS.createTopic, { topic: '$t' }, 'topic must not begin with $, which is reserved'],
    [
      ADMIN_VERBS.createTopic,
      { topic: 't', policy: { maxMesages: 1 } },
      'policy is wrong: maxMesages is not known here',
    ],
    [ADMIN_VERBS.createTopic, { topic: 't', policy: 5 }, 'policy must be an object'],
    [
      ADMIN_VERBS.createTopic,
      { topic: 't', policy: { backoffMin: 70_000 } },
      'policy is wrong: backoffMin (70000 ms) must not be above backoffMax (60000 ms)',
    ],
    [ADMIN_VERBS.updateTopic, { topic: 't' }, 'policy must be an object'],
    [ADMIN_VERBS.deleteTopic, {}, 'topic must be a string'],
    [ADMIN_VERBS.purgeTopic, { topic: 'a..b' }, 'topic must not have empty tokens'],
    [ADMIN_VERBS.topicInfo, { topic: 'a.*' }, 'topic must not contain * or >'],
    [ADMIN_VERBS.browseTopic, { topic: 't', from: 0 }, 'from must be an integer from 1 to 9007199254740991'],
    [ADMIN_VERBS.browseTopic, { topic: 't', limit: '5' }, 'limit must be an integer from 1 to 1000'],
    [
      ADMIN_VERBS.redriveTopic,
      { topic: 't.dead', reason: 'bad' },
      'reason must be one of the following values: max-deliveries, terminated, expired, overflow',
    ],
    [ADMIN_VERBS.listGroups, [], 'The message of $pochta.groups.list must be an object'],
    [ADMIN_VERBS.groupInfo, { topic: 't' }, 'group must be a string of 1 to 255 characters'],
    [
      ADMIN_VERBS.resetGroup,
      { topic: 't', group: 'g', from: { sequence: -1 } },
      'from must be "earliest", "new", "last", {"sequence":n} or {"time":ms}, n and ms being integers from 0',
    ],
    [ADMIN_VERBS.deleteGroup, { topic: 't', group: '' }, 'group must be a string of 1 to 255 characters'],
    [ADMIN_VERBS.listConnections, { limit: 0 }, 'limit must be an integer from 1 to 1000'],
    [ADMIN_VERBS.closeConnection, {}, 'connection must be a string of 1 to 255 characters'],
  ] as const)('%s %j is told what is wrong', async (verb, message, text) => {
    const { ask } = await start();
    expect(await ask(verb, message)).toEqual(refusal('VALIDATION_FAILED', text));
  });

  it('is answered by the broker alone, and not at all when that is turned off', async () => {
    const { ask, peer } = await start({ admin: false });
    expect(await ask(ADMIN_VERBS.listTopics)).toMatchObject({ code: 'NO_RESPONDERS' });
    expect(await peer.ask({ action: 'respond', topic: ADMIN_VERBS.listTopics })).toMatchObject({
      code: 'INVALID_FRAME',
    });
    expect(await peer.ask({ action: 'subscribe', topic: '$pochta.>' })).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('has a handler for every verb', async () => {
    const { ask } = await start();
    for (const verb of Object.values(ADMIN_VERBS)) {
      expect([verb, (await ask(verb, { nonsense: 1 })).code]).toEqual([verb, 'VALIDATION_FAILED']);
    }
  });
});

it.each(ENGINES)('consumer groups are listed, told, redriven, reset and deleted, with %s', async (engine) => {
  const { ask, connect, publish } = await start({ engine, dataDir: await dataDir() });
  const member = await connect();
  const own = { topic: 't', group: 'g' };
  await publish('t', 1, 2);
  await member.ask({ action: 'subscribe', ...own });
  await member.take(2);
  const { message: info } = await ask(ADMIN_VERBS.groupInfo, own);
  expect(info).toMatchObject({ topic: 't', name: 'g', ackFloor: 1, inFlight: 2, backlog: 0, members: 1 });
  expect(await ask(ADMIN_VERBS.listGroups, { topic: 't' })).toEqual(success({ groups: [info] }));
  expect(await ask(ADMIN_VERBS.listGroups, { topic: 't', limit: 1, after: 'g' })).toEqual(
    success({ groups: [] }),
  );
  const { message: list } = await ask(ADMIN_VERBS.listConnections);
  expect(list).toMatchObject({ connections: [{ inFlight: 0 }, { inFlight: 2, subscriptions: 1 }] });

  await member.ask({ action: 'terminate', ...own, sequence: 1 });
  await member.ask({ action: 'ack', ...own, sequence: 2 });
  const redrive = (filter: object) => ask(ADMIN_VERBS.redriveTopic, { topic: 't.dead', ...filter });
  expect(await redrive({ group: 'other' })).toEqual(success({ moved: 0, stayed: 0 }));
  expect(await redrive({ origin: 't', group: 'g', reason: 'terminated' })).toEqual(
    success({ moved: 1, stayed: 0 }),
  );
  expect(await member.next()).toMatchObject({ message: 1, sequence: 3, deliveryCount: 1 });

  await member.ask({ action: 'unsubscribe', ...own });
  expect(await ask(ADMIN_VERBS.resetGroup, { ...own, from: { sequence: 2 } })).toMatchObject(
    success({ ackFloor: 2, inFlight: 0, backlog: 2, members: 0 }),
  );
  expect(await ask(ADMIN_VERBS.deleteGroup, own)).toEqual(success({ ...own, deleted: true }));
  for (const verb of [ADMIN_VERBS.groupInfo, ADMIN_VERBS.deleteGroup]) {
    expect(await ask(verb, own)).toEqual(refusal('GROUP_UNKNOWN', 'Unknown group of topic t: g'));
  }
  expect(await ask(ADMIN_VERBS.resetGroup, { ...own, from: 'new' })).toMatchObject({ code: 'GROUP_UNKNOWN' });
});

describe('connections, administered over the broker itself', () => {
  it('are those of peers, and are closed with a word why', async () => {
    const { ask, connect, peer } = await start();
    const other = await connect();
    await other.ask({ action: 'subscribe', topic: 't' });
    const { message } = await ask(ADMIN_VERBS.listConnections);
    const { connections } = message as { connections: { id: string; peer: string }[] };
    const since = expect.any(Number) as unknown;
    const facts = { peer: `127.0.0.1:${other.socket.localPort}`, since, requests: 0, responders: 0 };
    expect(connections).toHaveLength(2);
    expect(connections).toContainEqual({
      ...facts,
      id: expect.any(String) as unknown,
      subscriptions: 1,
      inFlight: 0,
    });
    const { id } = connections.find((one) => one.peer === facts.peer)!;
    expect(await ask(ADMIN_VERBS.listConnections, { limit: 1 })).toMatchObject(
      success({ next: connections[0].id }),
    );
    expect(await ask(ADMIN_VERBS.closeConnection, { connection: id })).toEqual(
      success({ connection: id, closed: true }),
    );
    expect(await other.next()).toEqual(refusal('CONNECTION_CLOSED', 'Closed by an administrator'));
    await other.ended;
    await other.close();
    expect(await ask(ADMIN_VERBS.closeConnection, { connection: id })).toEqual(
      refusal('UNKNOWN_CONNECTION', 'Unknown connection'),
    );
    const own = connections.find((one) => one.id !== id)!.id;
    expect(await ask(ADMIN_VERBS.closeConnection, { connection: own })).toEqual(
      refusal('CONNECTION_CLOSED', 'Closed by an administrator'),
    );
    await peer.ended;
  });
});
