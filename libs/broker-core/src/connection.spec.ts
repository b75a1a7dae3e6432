import { errorFor, type MessageBatch, type TopicPolicy } from '@pochta/protocol';
import {
  batchOf,
  eventually,
  RecordingOutlet,
  startCore,
  withCode,
  type TestCore,
  type TestCoreOptions,
} from '@pochta/testing';
import type { Acceptance, Acceptor } from './acceptor';

describe('a connection', () => {
  let core: TestCore;
  const start = async (options?: TestCoreOptions): Promise<TestCore> => (core = await startCore(options));
  afterEach(() => core.stop());

  it('publishes, and takes what it published, oldest first', async () => {
    const { connection } = (await start()).connect();
    expect(await connection.publish('t', batchOf(1, 2))).toEqual({ lastSequence: 2 });
    expect(await connection.publish('t', batchOf(3))).toEqual({ lastSequence: 3 });
    const taken: string[] = [];
    for (let i = 0; i < 3; i++) taken.push(Buffer.from((await connection.get('t'))!.bytes).toString());
    expect(taken).toEqual(['1', '2', '3']);
    expect(await connection.get('t')).toBeUndefined();
    expect(await connection.get('unheard-of')).toBeUndefined();
  });

  it('takes what it published in the same turn', async () => {
    const { connection } = (await start()).connect();
    void connection.publish('t', batchOf(1));
    expect(Buffer.from((await connection.get('t'))!.bytes).toString()).toBe('1');
  });

  it('says which messages a full topic refused', async () => {
    const { connection } = (await start({ policy: { maxMessages: 2 } })).connect();
    const { outcomes, lastSequence } = await connection.publish('t', batchOf(1, 2, 3));
    expect(outcomes).toEqual([undefined, undefined, withCode('TOPIC_FULL')]);
    expect(outcomes![2]!.message).toBe('Queue full');
    expect(lastSequence).toBe(2);
  });

  it('refuses reserved topics, and topics that must not be created', async () => {
    const policyFor = (topic: string): TopicPolicy | undefined =>
      topic === 'known' ? ({ maxMessages: 1 } as TopicPolicy) : undefined;
    const { connection } = (await start({ policyFor })).connect();
    expect((await connection.publish('$x', batchOf(1))).outcomes).toEqual([withCode('FORBIDDEN')]);
    expect((await connection.publish('unknown', batchOf(1))).outcomes).toEqual([withCode('TOPIC_UNKNOWN')]);
    await expect(connection.subscribe({ topic: 'unknown' })).rejects.toEqual(withCode('TOPIC_UNKNOWN'));
    await expect(connection.subscribe({ topic: '$x' })).rejects.toEqual(withCode('FORBIDDEN'));
    await expect(connection.get('$x')).rejects.toEqual(withCode('FORBIDDEN'));
    expect(() => connection.respond('$x')).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });

  it("responds on reserved topics when it is the broker's own", async () => {
    const { broker, connect } = await start();
    const outlet = new RecordingOutlet();
    broker.connect(outlet, { name: 'own', inProcess: true }).respond('$x');
    connect().connection.request({ topic: '$x', message: { bytes: Buffer.from('1') } }, () => undefined);
    expect(outlet.requests).toMatchObject([{ topic: '$x' }]);
  });

  describe('limits', () => {
    it('takes as many topics as it may, and no more', async () => {
      const { connection } = (await start({ limits: { maxTopics: 2 } })).connect();
      expect((await connection.publish('a', batchOf(1))).outcomes).toBeUndefined();
      expect((await connection.publish('b', batchOf(1))).outcomes).toBeUndefined();
      expect((await connection.publish('c', batchOf(1))).outcomes).toEqual([withCode('TOO_MANY_TOPICS')]);
      expect((await connection.publish('a', batchOf(1))).outcomes).toBeUndefined();
    });

    it('takes as many subscriptions as it may, and no more', async () => {
      const { connection } = (await start({ limits: { maxSubscriptions: 2 } })).connect();
      await connection.subscribe({ topic: 'a' });
      await connection.subscribe({ topic: 'b.*' });
      await expect(connection.subscribe({ topic: 'c' })).rejects.toEqual(withCode('TOO_MANY_SUBSCRIPTIONS'));
      connection.unsubscribe({ topic: 'a' });
      await connection.subscribe({ topic: 'c' });
    });

    it('holds as many positions as it may, and no more, over all connections', async () => {
      const broker = await start({ limits: { maxPositions: 5 } });
      const [one, other] = [broker.connect(), broker.connect()];
      for (const topic of ['a.1', 'a.2']) await one.connection.publish(topic, batchOf(1));
      // Two tokens and two topics.
      await one.connection.subscribe({ topic: 'a.*' });
      await other.connection.subscribe({ topic: 'a.1' });
      const refused = other.connection.subscribe({ topic: 'b' });
      await expect(refused).rejects.toEqual(withCode('TOO_MANY_SUBSCRIPTIONS'));
      one.connection.close();
      await other.connection.subscribe({ topic: 'a.*' });
    });

    it('ends a connection whose filter a new topic joins beyond the positions there may be', async () => {
      const { connect } = await start({ limits: { maxPositions: 3 } });
      const { connection, outlet } = connect();
      (await connection.subscribe({ topic: 'a.*' })).start();
      await connection.publish('a.1', batchOf(1));
      await outlet.received(1);
      expect(outlet.failures).toEqual([]);
      await connection.publish('a.2', batchOf(1));
      await eventually(() => outlet.failures.length > 0);
      expect(outlet.failures).toEqual([withCode('TOO_MANY_SUBSCRIPTIONS')]);
    });

    it('opens very many topics of a filter, each once, also those that come meanwhile', async () => {
      const { connect } = await start();
      const { connection, outlet } = connect();
      const names = Array.from({ length: 2500 }, (_, n) => `t.${n}`);
      await Promise.all(names.map((topic) => connection.publish(topic, batchOf(1))));
      const opening = connection.subscribe({ topic: 't.*' });
      await connection.publish('t.late', batchOf(1));
      (await opening).start();
      await outlet.received(2501);
      expect(new Set(outlet.pushed.map(({ topic }) => topic)).size).toBe(2501);
    });

    it('refuses a second subscription to a topic, also within one turn', async () => {
      const { connection } = (await start()).connect();
      const first = connection.subscribe({ topic: 'a' });
      await expect(connection.subscribe({ topic: 'a', name: 'other' })).rejects.toEqual(
        withCode('ALREADY_SUBSCRIBED'),
      );
      await first;
      await expect(connection.subscribe({ topic: 'b', name: 'a' })).rejects.toEqual(
        withCode('ALREADY_SUBSCRIBED'),
      );
    });

    it('lets a failed subscription be tried again', async () => {
      const { connection } = (await start({ limits: { maxTopics: 0 } })).connect();
      for (let i = 0; i < 2; i++) {
        await expect(connection.subscribe({ topic: 'a' })).rejects.toEqual(withCode('TOO_MANY_TOPICS'));
      }
    });
  });

  describe('with an acceptor before a topic', () => {
    class SlowAcceptor implements Acceptor {
      readonly topic = 'slow';
      readonly waiting: {
        readonly messages: MessageBatch;
        readonly answer: (acceptance: Acceptance) => void;
      }[] = [];
      accept(messages: MessageBatch): Promise<Acceptance> {
        return new Promise((answer) => this.waiting.push({ messages, answer }));
      }
    }

    it('keeps the order of batches, whichever is accepted first', async () => {
      const acceptor = new SlowAcceptor();
      const { connect } = await start({ prepare: (broker) => broker.addAcceptor(acceptor) });
      const { connection, outlet } = connect();
      const receipts = [1, 2, 3].map((value) => connection.publish('slow', batchOf(value)));
      for (const { messages, answer } of [...acceptor.waiting].reverse()) answer({ messages });
      expect((await Promise.all(receipts)).map((receipt) => receipt.lastSequence)).toEqual([1, 2, 3]);
      (await connection.subscribe({ topic: 'slow' })).start();
      await outlet.received(3);
      expect(outlet.texts()).toEqual(['1', '2', '3']);
    });

    it('does not hold other topics up', async () => {
      const acceptor = new SlowAcceptor();
      const { connect } = await start({ prepare: (broker) => broker.addAcceptor(acceptor) });
      const { connection } = connect();
      const slow = connection.publish('slow', batchOf(1));
      expect(await connection.publish('other', batchOf(1))).toEqual({ lastSequence: 1 });
      acceptor.waiting[0].answer({ messages: acceptor.waiting[0].messages });
      await slow;
    });

    it('stores what is left when some are refused, and says which', async () => {
      const acceptor = new SlowAcceptor();
      const { connect } = await start({ prepare: (broker) => broker.addAcceptor(acceptor) });
      const { connection } = connect();
      const publishing = connection.publish('slow', batchOf(1, 2, 3));
      const { messages, answer } = acceptor.waiting[0];
      answer({ messages: messages.select([0, 2]), refused: new Map([[1, errorFor('VALIDATION_FAILED')]]) });
      expect(await publishing).toEqual({
        outcomes: [undefined, withCode('VALIDATION_FAILED'), undefined],
        lastSequence: 2,
      });
    });

    it('goes on when one batch is refused whole, or its acceptor fails', async () => {
      const acceptor = new SlowAcceptor();
      const { connect } = await start({ prepare: (broker) => broker.addAcceptor(acceptor) });
      const { connection } = connect();
      const [refused, failed, stored] = [1, 2, 3].map((value) => connection.publish('slow', batchOf(value)));
      acceptor.waiting[2].answer({ messages: acceptor.waiting[2].messages });
      acceptor.waiting[1].answer(Promise.reject(new Error('handler bug')) as unknown as Acceptance);
      acceptor.waiting[0].answer({ refused: new Map([[0, errorFor('VALIDATION_FAILED')]]) });
      expect((await refused).outcomes).toEqual([withCode('VALIDATION_FAILED')]);
      expect((await failed).outcomes).toEqual([withCode('INTERNAL')]);
      expect(await stored).toEqual({ lastSequence: 1 });
    });

    it('may be the only one of its topic', async () => {
      const acceptor = new SlowAcceptor();
      const { broker } = await start({ prepare: (one) => one.addAcceptor(acceptor) });
      expect(() => broker.addAcceptor(new SlowAcceptor())).toThrow(
        expect.objectContaining({ code: 'INVALID_CONFIG' }),
      );
      expect(core.store.describe('slow')).toBeDefined();
    });
  });

  describe('when the broker drains', () => {
    it('waits for what was taken in, and refuses what comes later', async () => {
      let answer!: (acceptance: Acceptance) => void;
      let asked!: MessageBatch;
      const acceptor: Acceptor = {
        topic: 'slow',
        accept: (messages) => {
          asked = messages;
          return new Promise((resolve) => (answer = resolve));
        },
      };
      const { broker, connect } = await start({ prepare: (one) => one.addAcceptor(acceptor) });
      const { connection } = connect();
      const taken = connection.publish('slow', batchOf(1));
      let drained = false;
      const draining = broker.drain().then(() => (drained = true));
      expect((await connection.publish('t', batchOf(1))).outcomes).toEqual([withCode('SHUTTING_DOWN')]);
      await expect(connection.subscribe({ topic: 't' })).rejects.toEqual(withCode('SHUTTING_DOWN'));
      expect(() => connect()).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }));
      expect(drained).toBe(false);
      answer({ messages: asked });
      expect(await taken).toEqual({ lastSequence: 1 });
      await draining;
    });

    it('leaves nothing behind when it closes', async () => {
      const { broker, connect } = await start();
      const { connection, outlet } = connect();
      (await connection.subscribe({ topic: 't' })).start();
      (await connection.subscribe({ topic: 'a.>' })).start();
      connection.respond('r');
      connection.close();
      connection.close();
      expect(broker.connections.size).toBe(0);
      expect(broker.filters.match('a.b')).toEqual([]);
      await connect().connection.publish('t', batchOf(1));
      expect(outlet.pushed).toEqual([]);
    });
  });

  it('closes a subscription that was opening when it closed', async () => {
    const { connect } = await start();
    const { connection, outlet } = connect();
    const subscribing = connection.subscribe({ topic: 't' });
    connection.close();
    (await subscribing).start();
    await connect().connection.publish('t', batchOf(1));
    expect(outlet.pushed).toEqual([]);
  });

  it('shows all that a topic holds without removing it', async () => {
    const { connection } = (await start({ limits: { pageMessages: 2 } })).connect();
    expect(await connection.peek('t')).toEqual([]);
    await connection.publish('t', batchOf(1, 2, 3));
    for (let i = 0; i < 2; i++) {
      const held = await connection.peek('t');
      expect(
        held
          .map(({ messages }) => Buffer.from(messages.bytes.subarray(0, messages.byteLength)).toString())
          .join(''),
      ).toBe('123');
    }
  });
});
