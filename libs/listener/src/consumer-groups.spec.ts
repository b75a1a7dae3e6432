import {
  cleanUp,
  CODEC_PEERS,
  eventually,
  publishFrame,
  range,
  SlowPeer,
  startBroker,
  type AnyFrame,
  type CodecPeer,
  type StartedBroker,
} from '@pochta/testing';

const subscribe = (more: object = {}): object => ({ action: 'subscribe', topic: 't', group: 'g', ...more });
const settle = (action: string, sequences: readonly number[], more: object = {}): object => ({
  action,
  topic: 't',
  group: 'g',
  sequences,
  ...more,
});
const isPush = ({ type }: AnyFrame): boolean => type === 'push';
const sequencesOf = (frames: readonly AnyFrame[]): unknown[] =>
  frames.filter(isPush).map(({ sequence }) => sequence);

const CASES = CODEC_PEERS.flatMap(([codec, connectTo]) =>
  (['memory', 'lmdb'] as const).map((engine) => ({ codec, engine, connectTo })),
);

describe.each(CASES)('a consumer group over $codec, with the $engine engine', ({ engine, connectTo }) => {
  let broker: StartedBroker;
  const connect = (): Promise<CodecPeer> => connectTo(broker);
  const join = async (more: object = {}): Promise<CodecPeer> => {
    const peer = await connect();
    expect(await peer.ask(subscribe(more))).toMatchObject({ message: 'Subscribed' });
    return peer;
  };
  /** Publishes 1, 2 and so on, and returns when all are stored. */
  const fill = async (count: number, topic = 't'): Promise<void> => {
    const peer = await connect();
    peer.send(...range(1, count).map((n) => publishFrame(topic, n)));
    await peer.take(count);
  };
  beforeEach(async () => {
    broker = await startBroker({ engine, defaults: { maxMessages: 100_000 } });
  });
  afterEach(cleanUp);

  it('hands back at once what a peer holds that half-closes, also while it waits for a reply', async () => {
    const responder = await connect();
    await responder.ask({ action: 'respond', topic: 'q' });
    await fill(3);
    const peer = await join({ prefetch: 3 });
    expect(sequencesOf(await peer.take(3))).toEqual([1, 2, 3]);
    peer.send({ action: 'request', topic: 'q', message: 1, id: 1 }, settle('ack', [1]));
    const { correlationId } = await responder.next();
    peer.halfClose();
    const other = await join();
    expect(await other.take(2)).toMatchObject([
      { sequence: 2, deliveryCount: 1 },
      { sequence: 3, deliveryCount: 1 },
    ]);
    expect(await peer.next()).toMatchObject({ message: 'Acknowledged' });
    responder.send({ action: 'reply', correlationId, message: 'late' });
    expect(await peer.next()).toMatchObject({ id: 1, message: 'late' });
  });

  it('hands back at once what a peer holds that half-closes and does not read', async () => {
    const publisher = await connect();
    const big = 'x'.repeat(100_000);
    publisher.send(...range(1, 500).map(() => publishFrame('t', big)));
    await publisher.take(500);
    const slow = await SlowPeer.connect(broker, subscribe({ prefetch: 1000 }));
    const inFlight = (): number => broker.server.broker.store.groups('t')[0]?.inFlight ?? 0;
    await eventually(() => inFlight() > 0);
    slow.socket.end();
    const other = await join({ prefetch: 1000 });
    expect([...sequencesOf(await other.take(500))].sort((a, b) => Number(a) - Number(b))).toEqual(
      range(1, 500),
    );
  });

  it('is answered before its pushes, which tell group, count and the rest', async () => {
    const publisher = await connect();
    await publisher.ask(publishFrame('t', { n: 1 }, { headers: { a: 'b' }, key: 'k', priority: 3 }));
    const peer = await connect();
    const answer = await peer.ask(subscribe({ subscription: 's', prefetch: 10, maxDeliveries: 3, id: 6 }));
    const { epoch } = answer;
    expect(answer).toEqual({
      status: 'success',
      message: 'Subscribed',
      id: 6,
      subscription: 's',
      epoch: expect.any(String),
      ackDeadline: 30_000,
    });
    expect(await peer.next()).toEqual({
      type: 'push',
      topic: 't',
      message: { n: 1 },
      subscription: 's',
      group: 'g',
      sequence: 1,
      timestamp: expect.any(Number),
      epoch,
      deliveryCount: 1,
      headers: { a: 'b' },
      key: 'k',
      priority: 3,
    });
    expect(await peer.ask(settle('touch', [1]))).toEqual({ status: 'success', message: 'Extended' });
    expect(await peer.ask({ action: 'ack', topic: 't', group: 'g', sequence: 1, id: 7 })).toEqual({
      status: 'success',
      message: 'Acknowledged',
      id: 7,
    });
    expect(await peer.ask(settle('ack', [1, 2], { id: 8 }))).toMatchObject({
      status: 'error',
      code: 'NOT_IN_FLIGHT',
      id: 8,
      sequences: [1, 2],
    });
  });

  it('answers in the order of the requests, whichever waits for a commit', async () => {
    await fill(3);
    const peer = await join();
    await peer.take(3);
    const requests = [
      settle('ack', [1], { id: 0 }),
      { action: 'ping', id: 1 },
      settle('nack', [2], { delay: 60_000, id: 2 }),
      publishFrame('other', 1, { id: 3 }),
      settle('ack', [99], { id: 4 }),
      settle('terminate', [3], { id: 5 }),
      { action: 'unsubscribe', topic: 't', group: 'g', id: 6 },
      settle('ack', [3], { id: 7 }),
    ];
    peer.send(...requests);
    const answers = await peer.take(requests.length);
    expect(answers.map(({ id }) => id)).toEqual(range(0, 7));
    expect(answers.map(({ message }) => message)).toEqual([
      'Acknowledged',
      'pong',
      'Negatively acknowledged',
      'Published',
      expect.any(String),
      'Terminated',
      'Unsubscribed',
      'Not subscribed',
    ]);
  });

  it('has exactly its prefetch in flight, and gets as many more as it settles', async () => {
    await fill(1000);
    const peer = await join({ prefetch: 10 });
    const got = sequencesOf(await peer.take(10)) as number[];
    for (let acked = 0; acked < 990; acked += 3) {
      expect(await peer.ask(settle('ack', got.slice(acked, acked + 3)))).toMatchObject({
        message: 'Acknowledged',
      });
      const due = Math.min(3, 1000 - got.length);
      got.push(...(sequencesOf(await peer.take(due)) as number[]));
      expect(peer.untaken).toEqual([]);
    }
    expect(got).toEqual(range(1, 1000));
  });

  it.each([0, 70_000, 1.5, '10'])('refuses a prefetch of %j', async (prefetch) => {
    const peer = await connect();
    expect(await peer.ask(subscribe({ prefetch }))).toMatchObject({ code: 'INVALID_FRAME' });
  });

  it('goes through one message after another with a prefetch of 1', async () => {
    await fill(50);
    const peer = await join({ prefetch: 1 });
    for (const sequence of range(1, 50)) {
      expect(await peer.next()).toMatchObject({ type: 'push', sequence });
      expect(await peer.ask(settle('ack', [sequence]))).toMatchObject({ message: 'Acknowledged' });
    }
  });

  it('hands back at once what a member had whose connection is cut', async () => {
    await fill(20);
    const first = await join({ prefetch: 20 });
    await first.take(20);
    await first.ask(settle('ack', [3]));
    const second = await join();
    first.reset();
    expect(sequencesOf(await second.take(19))).toEqual(range(1, 20).filter((sequence) => sequence !== 3));
    expect((await second.ask(settle('ack', [1, 2]))).message).toBe('Acknowledged');
  });

  it('comes again after a nack, counted, and ends as a dead letter with headers', async () => {
    const dead = await connect();
    await dead.ask({ action: 'subscribe', topic: '*.dead', meta: true });
    await fill(2);
    const peer = await join({ maxDeliveries: 3, backoff: { min: 1, max: 1 } });
    await peer.take(2);
    await peer.ask(settle('terminate', [2], { reason: 'no such order' }));
    expect(await dead.next()).toMatchObject({
      topic: 't.dead',
      message: 2,
      headers: {
        'dead-letter-topic': 't',
        'dead-letter-sequence': '2',
        'dead-letter-reason': 'terminated',
        'dead-letter-detail': 'no such order',
        'dead-letter-group': 'g',
        'dead-letter-deliveries': '1',
      },
    });
    for (const count of [2, 3]) {
      await peer.ask(settle('nack', [1], count === 2 ? { delay: 0 } : {}));
      expect(await peer.next()).toMatchObject({ sequence: 1, deliveryCount: count });
    }
    await peer.ask(settle('nack', [1]));
    expect((await dead.next()).headers).toMatchObject({
      'dead-letter-reason': 'max-deliveries',
      'dead-letter-deliveries': '3',
    });
  });

  it('is not held up by a member that does not read', async () => {
    const publisher = await connect();
    const big = 'x'.repeat(100_000);
    const slow = await SlowPeer.connect(broker, subscribe({ prefetch: 1000 }));
    await eventually(() => broker.server.broker.store.describe('t')?.groups === 1);
    const fast = await join({ prefetch: 1000 });
    const from = publisher.take(300);
    publisher.send(...range(1, 300).map(() => publishFrame('t', big)));
    await from;
    // The slow one has what its socket takes; all else comes to the other.
    const seen = new Set<unknown>();
    while (seen.size < 150) {
      const [sequence] = sequencesOf([await fast.next()]) as number[];
      seen.add(sequence);
      fast.send(settle('ack', [sequence]));
      await fast
        .until(({ message }) => message === 'Acknowledged')
        .then((frames) => sequencesOf(frames).forEach((one) => seen.add(one)));
    }
    await slow.destroy();
    while (seen.size < 300) for (const one of sequencesOf([await fast.next()])) seen.add(one);
  });

  it('is shared with no other group and no plain subscription', async () => {
    const peer = await connect();
    peer.send(
      subscribe(),
      subscribe({ group: 'h' }),
      { action: 'subscribe', topic: 't', meta: true },
      subscribe(),
    );
    const answers = await peer.take(4);
    expect(answers.map(({ subscription }) => subscription)).toEqual(['t g', 't h', 't', undefined]);
    expect(answers[3]).toMatchObject({ code: 'ALREADY_SUBSCRIBED' });
    await fill(5);
    const pushes = await peer.take(15);
    for (const group of ['g', 'h', undefined]) {
      expect(sequencesOf(pushes.filter((push) => push.group === group))).toEqual(range(1, 5));
    }
  });

  it('tells a member of what was removed before it came', async () => {
    await broker.stop();
    broker = await startBroker({ engine, defaults: { maxMessages: 3, overflow: 'drop-oldest' } });
    const peer = await join({ prefetch: 1, subscription: 's' });
    await fill(1);
    expect(await peer.next()).toMatchObject({ sequence: 1 });
    await fill(10);
    peer.send(settle('ack', [1]));
    const [, gap, push] = await peer.take(3);
    expect(gap).toMatchObject({ type: 'gap', topic: 't', group: 'g', subscription: 's', from: 2, to: 8 });
    expect(push).toMatchObject({ sequence: 9 });
  });
});
