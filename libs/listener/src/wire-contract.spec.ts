import {
  cleanUp,
  CODEC_PEERS,
  FakePeer,
  publishFrame,
  startBroker,
  type AnyFrame,
  type CodecPeer,
  type StartedBroker,
} from '@pochta/testing';

const PUBLISHED = { status: 'success', message: 'Published' };

describe.each(CODEC_PEERS)('%s', (_, connectTo) => {
  let broker: StartedBroker;
  let peer: CodecPeer;
  const connect = (): Promise<CodecPeer> => connectTo(broker);
  beforeEach(async () => {
    broker = await startBroker();
    peer = await connect();
  });
  afterEach(cleanUp);

  it('publish is confirmed with the fixed text', async () => {
    peer.send(publishFrame('t', { a: 1 }));
    expect(await peer.nextLine()).toBe('{"status":"success","message":"Published"}');
  });

  it('answers carry the id back, a string or a number', async () => {
    peer.send(publishFrame('t', 1, { id: 'one' }), publishFrame('t', 1, { id: 2 }), {
      action: 'ping',
      id: 0,
    });
    expect(await peer.take(3)).toEqual([
      { ...PUBLISHED, id: 'one' },
      { ...PUBLISHED, id: 2 },
      { status: 'success', message: 'pong', id: 0 },
    ]);
  });

  it('subscribe is answered before its pushes: what the topic holds first, then live messages', async () => {
    await peer.ask(publishFrame('t', { n: 1 }));
    await peer.ask(publishFrame('t', 'zwei'));
    const subscriber = await connect();
    const answer = await subscriber.ask({ action: 'subscribe', topic: 't', id: 5 });
    expect(answer).toMatchObject({
      status: 'success',
      message: 'Subscribed',
      id: 5,
      subscription: 't',
      epoch: expect.any(String),
    });
    expect(await subscriber.take(2)).toEqual([
      { type: 'push', topic: 't', message: { n: 1 } },
      { type: 'push', topic: 't', message: 'zwei' },
    ]);
    await peer.ask(publishFrame('t', [3]));
    expect(await subscriber.next()).toEqual({ type: 'push', topic: 't', message: [3] });
  });

  it('subscribe with meta pushes sequence, time, epoch, headers and key', async () => {
    const { epoch } = await peer.ask({ action: 'subscribe', topic: 't', meta: true, subscription: 'mine' });
    peer.send(publishFrame('t', 1, { headers: { a: 'b' }, key: 'k' }));
    const [, push] = await peer.take(2);
    expect(push).toEqual({
      type: 'push',
      topic: 't',
      message: 1,
      subscription: 'mine',
      sequence: 1,
      timestamp: expect.any(Number),
      epoch,
      headers: { a: 'b' },
      key: 'k',
    });
  });

  it('subscribe to a filter pushes topics that are created later', async () => {
    expect(await peer.ask({ action: 'subscribe', topic: 'a.*' })).toMatchObject({
      status: 'success',
      message: 'Subscribed',
      subscription: 'a.*',
    });
    const other = await connect();
    await other.ask(publishFrame('a.new', 1));
    await other.ask(publishFrame('b.new', 2));
    await other.ask(publishFrame('a.newer', 3));
    expect(await peer.take(2)).toEqual([
      { type: 'push', topic: 'a.new', message: 1 },
      { type: 'push', topic: 'a.newer', message: 3 },
    ]);
  });

  it('a second subscribe to the same topic is refused', async () => {
    peer.send({ action: 'subscribe', topic: 't' }, { action: 'subscribe', topic: 't', id: 1 });
    expect((await peer.take(2))[1]).toMatchObject({ status: 'error', code: 'ALREADY_SUBSCRIBED', id: 1 });
  });

  it('unsubscribe ends the pushes, by topic or by name', async () => {
    peer.send(
      { action: 'subscribe', topic: 'a' },
      { action: 'subscribe', topic: 'b', subscription: 'bee' },
      { action: 'unsubscribe', topic: 'a' },
      { action: 'unsubscribe', subscription: 'bee' },
      publishFrame('a', 1),
      publishFrame('b', 1),
      { action: 'unsubscribe', topic: 'a' },
      { action: 'ping' },
    );
    expect((await peer.take(8)).slice(2)).toEqual([
      { status: 'success', message: 'Unsubscribed' },
      { status: 'success', message: 'Unsubscribed' },
      PUBLISHED,
      PUBLISHED,
      { status: 'error', message: 'Not subscribed', code: 'NOT_SUBSCRIBED' },
      { status: 'success', message: 'pong' },
    ]);
  });

  it('get removes the oldest message, and says when there is none', async () => {
    peer.send(publishFrame('t', { n: 1 }), publishFrame('t', null));
    for (let i = 0; i < 3; i++) peer.send({ action: 'get', topic: 't', id: i });
    expect((await peer.take(5)).slice(2)).toEqual([
      { status: 'success', message: { n: 1 }, id: 0 },
      { status: 'success', message: null, id: 1 },
      { status: 'success', message: 'No messages', code: 'NO_MESSAGES', id: 2 },
    ]);
  });

  it('a taken message is a gap to a subscription that had not been sent it', async () => {
    peer.send(publishFrame('t', 1), publishFrame('t', 2));
    await peer.take(2);
    peer.send({ action: 'get', topic: 't' }, { action: 'subscribe', topic: 't', from: { sequence: 1 } });
    const frames = await peer.until((frame) => frame.type === 'push');
    expect(frames.slice(-2)).toEqual([
      { type: 'gap', topic: 't', from: 1, to: 1, reason: 'taken' },
      { type: 'push', topic: 't', message: 2 },
    ]);
  });

  it('a full topic refuses with the fixed text', async () => {
    for (let i = 0; i < 1000; i++) peer.send(publishFrame('t', i));
    peer.send(publishFrame('t', 'one too many', { id: 'x' }));
    expect((await peer.take(1001)).at(-1)).toEqual({
      status: 'error',
      message: 'Queue full',
      code: 'TOPIC_FULL',
      id: 'x',
    });
  });

  it('request, respond, reply: also in parts, and out of line', async () => {
    const responder = await connect();
    expect(await responder.ask({ action: 'respond', topic: 'r' })).toEqual({
      status: 'success',
      message: 'Responding',
    });
    peer.send({ action: 'request', topic: 'r', message: { q: 1 }, id: 'r1' }, { action: 'ping' });
    expect(await peer.next()).toEqual({ status: 'success', message: 'pong' });
    const request = await responder.next();
    expect(request).toEqual({
      type: 'request',
      topic: 'r',
      correlationId: expect.any(String),
      message: { q: 1 },
    });
    const { correlationId } = request;
    responder.send(
      { action: 'reply', correlationId, message: 'part', more: true },
      { action: 'reply', correlationId, message: 'last' },
    );
    expect(await peer.take(2)).toEqual([
      { status: 'success', message: 'part', id: 'r1', more: true },
      { status: 'success', message: 'last', id: 'r1' },
    ]);
    expect(await responder.ask({ action: 'ping' })).toEqual({ status: 'success', message: 'pong' });
  });

  it('request fails without responders, in time, by refusal and by cancel', async () => {
    expect(await peer.ask({ action: 'request', topic: 'r', message: 1 })).toMatchObject({
      code: 'NO_RESPONDERS',
    });
    const responder = await connect();
    await responder.ask({ action: 'respond', topic: 'r' });
    expect(await peer.ask({ action: 'request', topic: 'r', message: 1, timeout: 1 })).toMatchObject({
      code: 'REQUEST_TIMEOUT',
    });
    const { correlationId } = await responder.next();
    expect(await responder.next()).toEqual({ type: 'cancel', correlationId });
    peer.send({ action: 'request', topic: 'r', message: 1 });
    const second = await responder.next();
    responder.send({
      action: 'reply',
      correlationId: second.correlationId,
      error: { message: 'no', code: 'MINE' },
    });
    expect(await peer.next()).toEqual({ status: 'error', message: 'no', code: 'MINE' });
    peer.send({ action: 'request', topic: 'r', message: 1, id: 9 }, { action: 'cancel', id: 9 });
    // The request is over before the answer that shares its id says so.
    expect(await peer.take(2)).toMatchObject([
      { id: 9, code: 'REQUEST_CANCELLED' },
      { id: 9, message: 'Cancelled' },
    ]);
  });

  it('requests fail when their responder goes away', async () => {
    const responder = await connect();
    await responder.ask({ action: 'respond', topic: 'r' });
    peer.send({ action: 'request', topic: 'r', message: 1 });
    await responder.next();
    responder.reset();
    expect(await peer.next()).toMatchObject({ code: 'REQUEST_FAILED' });
  });

  it('auth is not supported yet, and says so', async () => {
    const answer = await peer.ask({ action: 'auth', token: 'x', id: 1 });
    expect(answer).toMatchObject({ status: 'error', code: 'NOT_SUPPORTED', id: 1 });
  });

  it('a repeated message id is confirmed and not stored again', async () => {
    peer.send(
      publishFrame('t', 1, { messageId: 'x' }),
      publishFrame('t', 1, { messageId: 'x' }),
      publishFrame('t', 2),
    );
    peer.send({ action: 'get', topic: 't' }, { action: 'get', topic: 't' }, { action: 'get', topic: 't' });
    expect((await peer.take(6)).map((frame) => frame.message)).toEqual([
      'Published',
      'Published',
      'Published',
      1,
      2,
      'No messages',
    ]);
  });

  it('answers keep the order of a chunk that publishes, gets and subscribes', async () => {
    peer.send(
      publishFrame('t', 'a', { id: 1 }),
      { action: 'get', topic: 't', id: 2 },
      publishFrame('t', 'b', { id: 3 }),
      publishFrame('u', 'c', { id: 4 }),
      { action: 'subscribe', topic: 't', id: 5 },
      { action: 'nonsense', id: 6 },
      publishFrame('t', 'd', { id: 7 }),
      { action: 'ping', id: 8 },
    );
    const frames = await peer.until((frame) => frame.type === 'push' && frame.message === 'd');
    expect(frames.filter((frame) => frame.type !== 'push').map((frame) => frame.id)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    expect(frames.filter((frame) => frame.type === 'push').map((frame) => frame.message)).toEqual(['b', 'd']);
    expect(frames[1].message).toBe('a');
  });

  it('a publish goes out before the push of the same message', async () => {
    await peer.ask({ action: 'subscribe', topic: 't' });
    for (let i = 0; i < 200; i++) peer.send(publishFrame('t', i, { id: i }));
    const frames = await peer.until((frame) => frame.type === 'push' && frame.message === 199);
    const seen = new Set<number>();
    for (const frame of frames) {
      if (frame.type !== 'push') seen.add(frame.id as number);
      else expect(seen).toContain(frame.message);
    }
    expect(frames).toHaveLength(400);
  });

  it('a peer that half-closes gets all its answers first', async () => {
    peer.send(
      publishFrame('t', 1),
      publishFrame('u', 1),
      { action: 'get', topic: 't' },
      { action: 'subscribe', topic: 'u' },
    );
    peer.halfClose();
    const frames: AnyFrame[] = await peer.take(5);
    expect(frames.map((frame) => frame.message)).toEqual(['Published', 'Published', 1, 'Subscribed', 1]);
    await peer.closed;
    expect(peer.untaken).toEqual([]);
  });

  it('a peer that half-closes gets the answer of its request', async () => {
    const responder = await connect();
    await responder.ask({ action: 'respond', topic: 'r' });
    peer.send({ action: 'request', topic: 'r', message: 1 });
    peer.halfClose();
    const { correlationId } = await responder.next();
    responder.send({ action: 'reply', correlationId, message: 'late' });
    expect(await peer.next()).toEqual({ status: 'success', message: 'late' });
    await peer.closed;
  });
});

describe('JSON lines as text', () => {
  let broker: StartedBroker;
  let peer: FakePeer;
  beforeEach(async () => {
    broker = await startBroker();
    peer = await FakePeer.connect(broker);
  });
  afterEach(cleanUp);

  it('frames are understood without newlines, cut anywhere, and with white space', async () => {
    peer.sendBytes('{"action":"ping"}');
    expect(await peer.next()).toMatchObject({ message: 'pong' });
    peer.sendBytes(' \r\n{"action":"pi');
    peer.sendBytes('ng","id":1} {"action":\n"ping","id":2}');
    expect((await peer.take(2)).map((frame) => frame.id)).toEqual([1, 2]);
  });

  it('a payload cannot forge a frame for line readers', async () => {
    await peer.ask({ action: 'subscribe', topic: 't' });
    const other = await FakePeer.connect(broker);
    other.sendBytes('{"action":"publish","topic":"t","message":[1,\r\n2]}\n');
    expect(await peer.nextLine()).toBe('{"type":"push","topic":"t","message":[1,  2]}');
  });
});

describe('own messages behind a slow acceptor', () => {
  afterEach(cleanUp);

  it.each([['of another topic before them'], ['of another topic in the same run']])(
    'are not pushed before they are confirmed: %s',
    async (how) => {
      let letGo!: () => void;
      const held = new Promise<void>((resolve) => (letGo = resolve));
      const broker = await startBroker({
        prepare: ({ broker }) =>
          broker.addAcceptor({ topic: 'slow', accept: (messages) => held.then(() => ({ messages })) }),
      });
      const peer = await FakePeer.connect(broker);
      const watcher = await FakePeer.connect(broker);
      await peer.ask({ action: 'subscribe', topic: 'fast' });
      await watcher.ask({ action: 'subscribe', topic: 'fast' });
      const between = how.includes('same run') ? [] : [{ action: 'ping', id: 'between' }];
      peer.send(publishFrame('slow', 1, { id: 'slow' }), ...between, publishFrame('fast', 2, { id: 'fast' }));
      // It is stored, and others have it; its publisher has not been told yet.
      expect(await watcher.next()).toMatchObject({ type: 'push', message: 2 });
      const other = await FakePeer.connect(broker);
      await other.ask(publishFrame('fast', 3));
      expect(await watcher.next()).toMatchObject({ type: 'push', message: 3 });
      expect(peer.untaken).toEqual([]);
      letGo();
      const frames = await peer.until((frame) => frame.message === 3);
      expect(frames.map((frame) => frame.id ?? frame.message)).toEqual([
        'slow',
        ...between.map(() => 'between'),
        'fast',
        2,
        3,
      ]);
    },
  );
});
