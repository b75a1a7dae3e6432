import { DEFAULT_TOPIC_POLICY, errorFor, type PublishFrame, type TransactionFrame } from '@pochta/protocol';
import { batchOf, cleanUp, eventually, RecordingOutlet, startBroker } from '@pochta/testing';
import type { Acceptance, Acceptor } from '../acceptor';
import type { Broker } from '../broker';
import { handleFrame, type Answer } from './handle-frame';

type Operation = TransactionFrame['operations'][number];

const publish = (topic: string, value: unknown, more: Partial<PublishFrame> = {}): Operation => ({
  action: 'publish',
  topic,
  message: { bytes: Buffer.from(JSON.stringify(value)) },
  ...more,
});
const ack = (...sequences: number[]): Operation => ({ action: 'ack', topic: 't', group: 'g', sequences });

/** Accepts each batch when the test says so. */
class Gate implements Acceptor {
  readonly topic = 'gated';
  readonly policy = DEFAULT_TOPIC_POLICY;
  readonly asked: ((refused?: Acceptance['refused']) => void)[] = [];
  accept: Acceptor['accept'] = (messages) =>
    new Promise((resolve) => this.asked.push((refused) => resolve(refused ? { refused } : { messages })));
}

describe('a transaction', () => {
  let broker: Broker;
  let gate: Gate;
  let outlet: RecordingOutlet;

  beforeEach(async () => {
    gate = new Gate();
    const { server } = await startBroker({
      engine: 'lmdb',
      autoCreate: false,
      drainTimeout: 0,
      topics: { t: {}, a: {}, b: {}, free: {}, small: { maxMessages: 1 }, volatile: { storage: 'memory' } },
      prepare: (one) => one.broker.addAcceptor(gate),
    });
    ({ broker } = server);
    outlet = new RecordingOutlet();
  });
  afterEach(cleanUp);

  const setUp = async () => {
    const connection = broker.connect(outlet, { name: 'test' });
    await connection.publish('t', batchOf(1, 2, 3));
    (await connection.subscribe({ topic: 't', group: { name: 'g' } })).start();
    await outlet.received(3);
    const commit = async (...operations: Operation[]): Promise<Answer> =>
      (await handleFrame(connection, { action: 'transaction', id: 1, operations }, () => undefined))!.answer;
    return { connection, commit };
  };
  const messages = (topic: string): number | undefined => broker.store.describe(topic)?.messages;
  const committed = { type: 'success', id: 1, message: 'Committed' };

  it('publishes to several topics and acks, and gives the credit back', async () => {
    const { connection, commit } = await setUp();
    const answer = await commit(
      publish('a', 1),
      publish('a', 2),
      ack(1, 2),
      publish('b', 1, { key: 'k' }),
      publish('a', 3),
    );
    expect(answer).toEqual(committed);
    expect([messages('a'), messages('b'), connection.inFlight]).toEqual([3, 1, 1]);
    (await connection.subscribe({ topic: 'a' })).start();
    await eventually(() => outlet.texts('a').length === 3);
    expect(outlet.texts('a')).toEqual(['1', '2', '3']);
  });

  it.each([
    [
      'an ack of what is not in flight',
      [publish('a', 1), ack(1, 9)],
      { code: 'NOT_IN_FLIGHT', sequences: [9] },
    ],
    [
      'an ack in a group that it is no member of',
      [publish('a', 1), { ...ack(1), group: 'h' } as Operation],
      { code: 'NOT_SUBSCRIBED' },
    ],
    ['a reserved topic', [publish('a', 1), ack(1), publish('$x', 1)], { code: 'FORBIDDEN' }],
    [
      'a topic that is full',
      [ack(1), publish('small', 1), publish('a', 1), publish('small', 2)],
      { code: 'TOPIC_FULL' },
    ],
    [
      'a topic that must not be created',
      [ack(1), publish('unknown', 1), publish('a', 1)],
      { code: 'TOPIC_UNKNOWN' },
    ],
    [
      'a topic that is kept in memory',
      [ack(1), publish('a', 1), publish('volatile', 1)],
      { code: 'NOT_SUPPORTED' },
    ],
    ['a time too far away', [ack(1), publish('a', 1, { deliverAt: 1 })], { code: 'DELAY_OUT_OF_RANGE' }],
  ])('is refused wholly for %s', async (_, operations, refusal) => {
    const { connection, commit } = await setUp();
    expect(await commit(...operations)).toMatchObject({ type: 'error', id: 1, ...refusal });
    expect([messages('a') ?? 0, messages('small') ?? 0, connection.inFlight]).toEqual([0, 0, 3]);
    expect(await commit(ack(1))).toEqual(committed);
  });

  it('is checked by the handlers of its topics, in order, and refused wholly by them', async () => {
    const { connection, commit } = await setUp();
    const refused = commit(publish('a', 1), publish('gated', 1), ack(1), publish('gated', 2));
    await eventually(() => gate.asked.length === 1);
    gate.asked[0]();
    await eventually(() => gate.asked.length === 2);
    gate.asked[1](new Map([[0, errorFor('VALIDATION_FAILED')]]));
    expect(await refused).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect([messages('a') ?? 0, messages('gated'), connection.inFlight]).toEqual([0, 0, 3]);
    const accepted = commit(publish('gated', 1), ack(1));
    await eventually(() => gate.asked.length === 3);
    gate.asked[2]();
    expect(await accepted).toEqual(committed);
    expect([messages('gated'), connection.inFlight]).toEqual([1, 2]);
  });

  it('keeps its place among what its connection publishes, also while a handler checks it', async () => {
    const { connection, commit } = await setUp();
    const before = connection.publish('gated', batchOf('before'));
    const transaction = commit(publish('a', 'in'), publish('gated', 'in'));
    const behind = [
      connection.publish('a', batchOf('behind')),
      connection.publish('gated', batchOf('behind')),
    ];
    expect(await connection.publish('free', batchOf(1))).toEqual({ lastSequence: 1 });
    await eventually(() => gate.asked.length === 3);
    for (const accept of [...gate.asked].reverse()) accept();
    expect((await before).lastSequence).toBe(1);
    expect(await transaction).toEqual(committed);
    expect((await Promise.all(behind)).map(({ lastSequence }) => lastSequence)).toEqual([2, 3]);
  });

  it('of a message id that is known is done already', async () => {
    const { commit } = await setUp();
    for (let n = 0; n < 2; n++) {
      expect(await commit(publish('a', 1, { messageId: 'x' }))).toEqual(committed);
    }
    expect(messages('a')).toBe(1);
  });

  it('is not supported by an engine that is not durable', async () => {
    const { commit } = await setUp();
    const capabilities = { ...broker.store.capabilities, transactions: false };
    Object.defineProperty(broker.store, 'capabilities', { value: capabilities });
    const message = 'transaction is not supported by the lmdb engine';
    expect(await commit(ack(1))).toMatchObject({ code: 'NOT_SUPPORTED', message });
  });
});
