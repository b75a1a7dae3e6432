import { batchOf, eventually, expectInOrder, startCore, type TestCore } from '@pochta/testing';

describe('a subscription to a topic filter', () => {
  let core: TestCore;
  beforeEach(async () => (core = await startCore()));
  afterEach(() => core.stop());

  it('reads the topics there are and those created later, each from its first message', async () => {
    const { connection, outlet } = core.connect();
    await connection.publish('a.one', batchOf(1, 2));
    await connection.publish('b.one', batchOf(0));
    (await connection.subscribe({ topic: 'a.*' })).start();
    await outlet.received(2);
    await connection.publish('a.two', batchOf(3, 4));
    await connection.publish('a.one', batchOf(5));
    await outlet.received(5);
    expect(outlet.texts('a.one')).toEqual(['1', '2', '5']);
    expect(outlet.texts('a.two')).toEqual(['3', '4']);
    expect(outlet.texts('b.one')).toEqual([]);
  });

  it('misses nothing of topics that are created while it opens', async () => {
    const { connection, outlet } = core.connect();
    const publisher = core.connect().connection;
    const publishing: Promise<unknown>[] = [];
    for (let i = 0; i < 50; i++) publishing.push(publisher.publish(`many.t${i}`, batchOf(i)));
    const subscribing = connection.subscribe({ topic: 'many.>' });
    for (let i = 50; i < 100; i++) publishing.push(publisher.publish(`many.t${i}`, batchOf(i)));
    (await subscribing).start();
    await Promise.all(publishing);
    await outlet.received(100);
    expectInOrder(
      outlet
        .texts()
        .map(Number)
        .sort((a, b) => a - b),
      0,
      99,
    );
  });

  it('reads from new only the topics there were', async () => {
    const { connection, outlet } = core.connect();
    await connection.publish('a.one', batchOf(1));
    (await connection.subscribe({ topic: 'a.*', from: 'new' })).start();
    await connection.publish('a.one', batchOf(2));
    await connection.publish('a.two', batchOf(3));
    await outlet.received(2);
    expect(outlet.texts().sort()).toEqual(['2', '3']);
  });

  describe('that begins topic by topic', () => {
    it('goes on in the topics it names, and begins elsewhere in the others', async () => {
      const { connection, outlet } = core.connect();
      for (const topic of ['a.one', 'a.two', 'a.three']) await connection.publish(topic, batchOf(1, 2, 3));
      const { epoch } = core.store.describe('a.one')!;
      const topics = { 'a.one': { sequence: 3, epoch }, 'a.two': { sequence: 2 }, 'b.one': { sequence: 9 } };
      (await connection.subscribe({ topic: 'a.*', from: { topics, otherwise: 'new' } })).start();
      await connection.publish('a.three', batchOf(4));
      await connection.publish('a.four', batchOf(1, 2));
      await outlet.received(6);
      expect(outlet.texts('a.one')).toEqual(['3']);
      expect(outlet.texts('a.two')).toEqual(['2', '3']);
      expect(outlet.texts('a.three')).toEqual(['4']);
      expect(outlet.texts('a.four')).toEqual(['1', '2']);
    });

    it('tells of a gap where the epoch is another, and reads the rest from the first message', async () => {
      const { connection, outlet } = core.connect();
      await connection.publish('a.one', batchOf(1, 2));
      await connection.publish('constructor', batchOf(1));
      const topics = { 'a.one': { sequence: 7, epoch: 'before' } };
      (await connection.subscribe({ topic: '>', from: { topics } })).start();
      await outlet.received(3);
      expect(outlet.texts('a.one')).toEqual(['1', '2']);
      expect(outlet.gaps).toMatchObject([{ topic: 'a.one', from: 7, reason: 'epoch' }]);
      expect(outlet.texts('constructor')).toEqual(['1']);
    });

    it('cannot be to one topic', async () => {
      const { connection } = core.connect();
      const subscribing = connection.subscribe({ topic: 'a', from: { topics: {} } });
      await expect(subscribing).rejects.toEqual(expect.objectContaining({ code: 'INVALID_FRAME' }));
      await connection.subscribe({ topic: 'a' });
    });
  });

  it('misses nothing when it goes on from the time it began', async () => {
    const { connection, outlet } = core.connect();
    await connection.publish('a.one', batchOf(1));
    const { time, epoch, sequence } = await connection.subscribe({ topic: 'a.*', from: 'new' });
    expect([epoch, sequence]).toEqual([undefined, undefined]);
    connection.unsubscribe({ topic: 'a.*' });
    await connection.publish('a.one', batchOf(2));
    (await connection.subscribe({ topic: 'a.*', from: { topics: {}, otherwise: { time: time! } } })).start();
    await connection.publish('a.one', batchOf(3));
    await eventually(() => outlet.texts().includes('3'));
    expect(outlet.texts().slice(-2)).toEqual(['2', '3']);
  });

  it('says so when it cannot take in a new topic, whose messages it would miss in silence', async () => {
    const { connection, outlet } = core.connect();
    (await connection.subscribe({ topic: 'a.*' })).start();
    core.store.openReader = () => Promise.reject(new Error('the disk is broken'));
    await connection.publish('a.one', batchOf(1));
    await eventually(() => outlet.failures.length > 0);
    expect(outlet.failures).toEqual([expect.objectContaining({ code: 'STORAGE_FAILED' })]);
    expect(core.broker.filters.match('a.two')).toEqual([]);
  });

  it('does not match dead-letter topics', async () => {
    const { connection, outlet } = core.connect();
    (await connection.subscribe({ topic: '>' })).start();
    await connection.publish('a.dead', batchOf(1));
    await connection.publish('a.live', batchOf(2));
    await outlet.received(1);
    expect(outlet.texts()).toEqual(['2']);
  });

  it('has caught up when all of its topics have', async () => {
    const { connection, outlet } = core.connect();
    for (let i = 0; i < 5; i++) await connection.publish(`a.t${i}`, batchOf(1, 2, 3));
    let pushedThen = -1;
    (await connection.subscribe({ topic: 'a.*' })).start(() => (pushedThen = outlet.pushed.length));
    await eventually(() => pushedThen >= 0);
    expect(pushedThen).toBe(15);
    let none = false;
    (await connection.subscribe({ topic: 'nothing.*' })).start(() => (none = true));
    expect(none).toBe(true);
  });

  it('is gone when it is closed', async () => {
    const { connection, outlet } = core.connect();
    (await connection.subscribe({ topic: 'a.*' })).start();
    await connection.publish('a.one', batchOf(1));
    await outlet.received(1);
    connection.unsubscribe({ topic: 'a.*' });
    await connection.publish('a.one', batchOf(2));
    await connection.publish('a.two', batchOf(3));
    expect(outlet.texts()).toEqual(['1']);
    expect(core.broker.filters.match('a.two')).toEqual([]);
  });
});
