import { DEFAULT_TOPIC_POLICY, type TopicPolicy } from '@pochta/protocol';
import { batchOf, eventually, startCore, type TestCore, type TestCoreOptions } from '@pochta/testing';
import { Administration } from './administration';

const withCode = (code: string, text = ''): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(text) as unknown });

let core: TestCore;
const start = async (options?: TestCoreOptions) => {
  core = await startCore(options);
  return { ...core, topics: new Administration(core.broker).topics };
};
afterEach(() => core.stop());

describe('creating a topic', () => {
  it('gives it what is asked for, and what is configured for the rest', async () => {
    const { topics } = await start({ policy: { overflow: 'drop-oldest' } });
    const report = await topics.create('t', { maxMessages: 5 });
    expect(report).toMatchObject({ name: 't', messages: 0, nextSequence: 1, groups: 0, subscriptions: 0 });
    expect(report.policy).toEqual({ ...DEFAULT_TOPIC_POLICY, overflow: 'drop-oldest', maxMessages: 5 });
  });

  it('is possible where topics are not created by being used', async () => {
    const configuredPolicy = (): TopicPolicy => ({ ...DEFAULT_TOPIC_POLICY, maxMessages: 7 });
    const { topics } = await start({ policyFor: () => undefined, configuredPolicy });
    expect((await topics.create('t')).policy.maxMessages).toBe(7);
  });

  it('is fine twice with one policy, and refused with two', async () => {
    const { topics } = await start();
    const [first, second] = await Promise.all([
      topics.create('t', { maxMessages: 5 }),
      topics.create('t', { maxMessages: 5 }),
    ]);
    expect(second).toEqual(first);
    await expect(topics.create('t', { maxMessages: 6 })).rejects.toEqual(withCode('TOPIC_EXISTS'));
    await expect(topics.create('t')).rejects.toEqual(withCode('TOPIC_EXISTS'));
    expect(topics.info('t').policy.maxMessages).toBe(5);
  });

  it('is refused for reserved names, beyond the limit, and once the broker stops', async () => {
    const { topics, broker } = await start({ limits: { maxTopics: 1 } });
    await expect(topics.create('$t')).rejects.toEqual(withCode('FORBIDDEN'));
    await topics.create('a');
    await expect(topics.create('b')).rejects.toEqual(withCode('TOO_MANY_TOPICS'));
    await topics.delete('a');
    await topics.create('b');
    await broker.drain();
    await expect(topics.create('b')).rejects.toEqual(withCode('SHUTTING_DOWN'));
  });

  it('is refused with settings that do not go together, or that the engine does not know', async () => {
    const { topics, store } = await start();
    await expect(topics.create('t', { backoffMin: 70_000 })).rejects.toEqual(
      withCode('VALIDATION_FAILED', 'policy is wrong: backoffMin (70000 ms)'),
    );
    const able = store.capabilities;
    Object.assign(store, { capabilities: { ...able, expiry: false, compaction: false, groups: false } });
    for (const policy of [{ maxAge: 1 }, { compact: true }, { retention: 'work-queue' }] as const) {
      const text = `${Object.keys(policy)[0]} is not supported by the memory engine`;
      await expect(topics.create('t', policy)).rejects.toEqual(withCode('NOT_SUPPORTED', text));
    }
    expect(() => topics.info('t')).toThrow(expect.objectContaining({ code: 'TOPIC_UNKNOWN' }));
  });
});

describe('changing a topic', () => {
  it('changes what is named, also when several changes are asked for at a time', async () => {
    const { topics } = await start();
    await topics.create('t', { maxMessages: 5 });
    await Promise.all([topics.update('t', { maxBytes: 9 }), topics.update('t', { overflow: 'drop-oldest' })]);
    expect(topics.info('t').policy).toMatchObject({ maxMessages: 5, maxBytes: 9, overflow: 'drop-oldest' });
  });

  it('is refused for what a topic is created with, and for one that is not there; the next change is made', async () => {
    const { topics } = await start();
    await topics.create('t');
    await expect(topics.update('t', { storage: 'memory' })).rejects.toEqual(withCode('NOT_SUPPORTED'));
    await expect(topics.update('nothing', { maxBytes: 1 })).rejects.toEqual(withCode('TOPIC_UNKNOWN'));
    expect((await topics.update('t', { maxBytes: 1 })).policy.maxBytes).toBe(1);
  });
});

describe('deleting and purging', () => {
  it('removes the topic with its messages; its sequences go on', async () => {
    const { topics, connect } = await start();
    const { connection } = connect();
    await connection.publish('t', batchOf(1, 2));
    await topics.delete('t');
    expect(() => topics.info('t')).toThrow(expect.objectContaining({ code: 'TOPIC_UNKNOWN' }));
    await expect(topics.delete('t')).rejects.toEqual(withCode('TOPIC_UNKNOWN'));
    await connection.publish('t', batchOf(3));
    expect(topics.info('t')).toMatchObject({ messages: 1, firstSequence: 3, nextSequence: 4 });
  });

  it('takes what is published while the topic is being deleted into a new one', async () => {
    const { topics, connect } = await start();
    const { connection, outlet } = connect();
    await connection.publish('t', batchOf(1));
    (await connection.subscribe({ topic: 't' })).start();
    await outlet.received(1);
    const deleted = topics.delete('t');
    expect((await connection.publish('t', batchOf(2))).outcomes).toBeUndefined();
    await deleted;
    await outlet.received(2);
    await connection.publish('t', batchOf(3));
    await outlet.received(3);
    expect(outlet.texts()).toEqual(['1', '2', '3']);
    expect(outlet.failures).toEqual([]);
  });

  it('lets subscriptions wait until the topic exists again, whatever they were at', async () => {
    const { topics, connect } = await start();
    const publisher = connect().connection;
    await publisher.publish('t', batchOf(1));
    const [live, held, reading, fresh] = [connect(), connect(), connect(), connect()];
    const subscribe = ({ connection }: typeof live) => connection.subscribe({ topic: 't' });
    (await subscribe(live)).start();
    await live.outlet.received(1);
    held.outlet.writable = false;
    (await subscribe(held)).start();
    const later = [await subscribe(reading), await subscribe(fresh)];
    let caughtUp = 0;
    later[0].start(() => caughtUp++);
    await topics.delete('t');
    later[1].start(() => caughtUp++);
    held.outlet.writable = true;
    held.connection.resume();
    await eventually(() => caughtUp === 2);
    expect(() => topics.info('t')).toThrow(expect.objectContaining({ code: 'TOPIC_UNKNOWN' }));
    await publisher.publish('t', batchOf(2));
    for (const { outlet } of [live, held, reading, fresh]) {
      await eventually(() => outlet.texts().includes('2'));
      expect(outlet.failures).toEqual([]);
    }
  });

  it('lets topics come and go without end under a filter, which misses nothing of them', async () => {
    const { topics, connect } = await start({ limits: { maxPositions: 5 } });
    const { connection, outlet } = connect();
    const publisher = connect().connection;
    (await connection.subscribe({ topic: 'job.*' })).start();
    for (let number = 1; number <= 20; number++) {
      await publisher.publish(`job.${number}`, batchOf(number));
      await outlet.received(2 * number - 1);
      const last = publisher.publish(`job.${number}`, batchOf(-number));
      await Promise.all([last, topics.delete(`job.${number}`)]);
      await outlet.received(2 * number);
      await eventually(() => topics.list().topics.length === 0);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(outlet.failures).toEqual([]);
    expect(outlet.gaps).toEqual([]);
    await publisher.publish('job.1', batchOf('again'));
    await outlet.received(41);
    expect(outlet.texts('job.1')).toEqual(['1', '-1', '"again"']);
  });

  it("spares a handler's topic", async () => {
    const acceptor = { topic: 'own', accept: () => Promise.resolve({}) };
    const { topics } = await start({ prepare: (broker) => broker.addAcceptor(acceptor) });
    await expect(topics.delete('own')).rejects.toEqual(withCode('FORBIDDEN', 'own cannot be deleted'));
    expect(await topics.purge('own')).toBe(0);
  });

  it('removes all messages and leaves the topic', async () => {
    const { topics, connect } = await start();
    await connect().connection.publish('t', batchOf(1, 2, 3));
    expect(await topics.purge('t')).toBe(3);
    expect(topics.info('t')).toMatchObject({ messages: 0, nextSequence: 4 });
    await expect(topics.purge('nothing')).rejects.toEqual(withCode('TOPIC_UNKNOWN'));
  });
});

describe('the list of topics', () => {
  it('is in the order of names, page by page, of those that match', async () => {
    const { topics } = await start();
    for (const name of ['b', 'orders.us', 'a', 'orders.eu', 'orders.eu.dead']) await topics.create(name);
    const names = (list: ReturnType<typeof topics.list>): string[] => list.topics.map(({ name }) => name);
    expect(names(topics.list())).toEqual(['a', 'b', 'orders.eu', 'orders.eu.dead', 'orders.us']);
    expect(topics.list().next).toBeUndefined();
    const page = topics.list({ limit: 2, filter: '>' });
    expect([names(page), page.next]).toEqual([['a', 'b'], 'b']);
    const rest = topics.list({ limit: 2, filter: '>', after: 'b' });
    expect([names(rest), rest.next]).toEqual([['orders.eu', 'orders.us'], undefined]);
    expect(names(topics.list({ filter: 'orders.eu' }))).toEqual(['orders.eu']);
    expect(topics.list({ after: 'z' })).toEqual({ topics: [] });
  });

  it('counts the subscriptions that read a topic, by its name or a filter', async () => {
    const { topics, connect } = await start();
    const { connection } = connect();
    await connection.subscribe({ topic: 'orders.eu' });
    await connect().connection.subscribe({ topic: 'orders.*' });
    expect(topics.list().topics).toMatchObject([{ name: 'orders.eu', subscriptions: 2 }]);
    connection.close();
    expect(topics.info('orders.eu').subscriptions).toBe(1);
  });

  it('keeps a page below what fits into a frame', async () => {
    const { topics } = await start();
    const long = '"'.repeat(240);
    for (let index = 0; index < 1000; index++) {
      await topics.create(`${long}${1000 + index}`, { deadLetterTopic: `${long}.dead` });
    }
    const page = topics.list({ limit: 1000 });
    expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(1024 * 1024);
    const rest = topics.list({ limit: 1000, after: page.next });
    expect(page.topics.length + rest.topics.length).toBe(1000);
    expect(rest.next).toBeUndefined();
  });

  it('of 100,000 topics looks at each name once and at the info of one page', async () => {
    const { topics, store } = await start();
    const names = Array.from({ length: 100_000 }, (_, index) => `t.${(index * 7919) % 100_000}`);
    let described = 0;
    store.topics = () => names;
    store.describe = (name) => {
      described++;
      return { name } as ReturnType<typeof store.describe>;
    };
    const sorted = [...names].sort();
    const page = topics.list({ limit: 100, after: sorted[49_999], filter: 't.*' });
    expect(page.topics.map(({ name }) => name)).toEqual(sorted.slice(50_000, 50_100));
    expect(page.next).toBe(sorted[50_099]);
    expect(described).toBe(100);
  });
});

it('redrives what the store finds, of a topic that exists', async () => {
  const { topics, store } = await start();
  const asked: unknown[] = [];
  store.redrive = (...call: unknown[]) => {
    asked.push(call);
    return Promise.resolve({ moved: 2, stayed: 1 });
  };
  await expect(topics.redrive('t.dead')).rejects.toEqual(withCode('TOPIC_UNKNOWN'));
  await topics.create('t.dead');
  expect(await topics.redrive('t.dead', { topic: 't', limit: 2 })).toEqual({ moved: 2, stayed: 1 });
  expect(asked).toEqual([['t.dead', { topic: 't', limit: 2 }]]);
});
