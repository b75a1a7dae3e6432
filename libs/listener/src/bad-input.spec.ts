import { eventually, FakePeer, startBroker, cleanUp, type StartedBroker } from '@pochta/testing';

describe('bad input', () => {
  let broker: StartedBroker;
  let peer: FakePeer;
  beforeEach(async () => {
    broker = await startBroker({ wireLimits: { frameTimeout: 200 } });
    peer = await FakePeer.connect(broker);
  });
  afterEach(cleanUp);

  const expectAlive = async (): Promise<void> => {
    expect(await peer.ask({ action: 'ping', id: 'alive' })).toEqual({
      status: 'success',
      message: 'pong',
      id: 'alive',
    });
  };

  it.each<[what: string, bytes: string | Buffer, code: string, text?: string]>([
    ['not JSON', '{oops}\n', 'INVALID_JSON', 'Invalid JSON'],
    ['an array', '[1]\n', 'INVALID_JSON', 'Invalid JSON'],
    ['a bare word', 'hello\n', 'INVALID_JSON', 'Invalid JSON'],
    [
      'invalid UTF-8',
      Buffer.from([...Buffer.from('{"action":"'), 0xff, ...Buffer.from('"}\n')]),
      'INVALID_JSON',
    ],
    [
      'invalid UTF-8 in a payload',
      Buffer.from([
        ...Buffer.from('{"action":"publish","topic":"t","message":"'),
        0xc3,
        0x28,
        ...Buffer.from('"}\n'),
      ]),
      'INVALID_JSON',
    ],
    ['a trailing comma', '{"action":"ping",}\n', 'INVALID_JSON'],
    [
      'nesting of 100,000',
      `{"action":"publish","topic":"t","message":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`,
      'INVALID_FRAME',
    ],
    ['no action', '{"topic":"t"}\n', 'INVALID_FRAME'],
    ['an unknown action', '{"action":"fly"}\n', 'UNKNOWN_ACTION', 'Unknown action'],
    ['a number as topic', '{"action":"publish","topic":1,"message":1}\n', 'INVALID_FRAME'],
    ['an empty topic', '{"action":"publish","topic":"","message":1}\n', 'INVALID_FRAME'],
    [
      'a topic of 300 characters',
      `{"action":"publish","topic":"${'x'.repeat(300)}","message":1}\n`,
      'INVALID_FRAME',
    ],
    [
      'control characters in a topic',
      '{"action":"publish","topic":"a\\u0000b","message":1}\n',
      'INVALID_FRAME',
    ],
    ['a space in a topic', '{"action":"publish","topic":"a b","message":1}\n', 'INVALID_FRAME'],
    ['an empty token', '{"action":"publish","topic":"a..b","message":1}\n', 'INVALID_FRAME'],
    [
      'a filter as the topic of a publish',
      '{"action":"publish","topic":"a.*","message":1}\n',
      'INVALID_FRAME',
    ],
    ['no message', '{"action":"publish","topic":"t"}\n', 'INVALID_FRAME'],
    ['no topic', '{"action":"subscribe"}\n', 'INVALID_FRAME'],
    ['an id that is an object', '{"action":"ping","id":{}}\n', 'INVALID_FRAME'],
    [
      '__proto__ instead of a topic',
      '{"action":"publish","__proto__":{"topic":"t"},"message":1}\n',
      'INVALID_FRAME',
    ],
  ])('%s is refused, and the connection goes on', async (_what, bytes, ...[code, text]) => {
    peer.sendBytes(bytes);
    const answer = await peer.next();
    expect(answer).toMatchObject({ status: 'error', code });
    if (text !== undefined) expect(answer.message).toBe(text);
    else expect(answer.message).toMatch(/./);
    await expectAlive();
  });

  it.each([
    ['an unknown field', '{"action":"publish","topic":"t","message":1,"colour":"red"}\n'],
    [
      'a __proto__ key',
      '{"action":"publish","topic":"t","message":{"__proto__":{"x":1}},"__proto__":{"y":2}}\n',
    ],
    [
      'duplicate keys',
      '{"action":"ping","topic":"x","action":"publish","topic":"t","message":0,"message":1}\n',
    ],
  ])('%s does no harm', async (_what, bytes) => {
    peer.sendBytes(bytes);
    expect(await peer.next()).toEqual({ status: 'success', message: 'Published' });
    expect(({} as Record<string, unknown>).y).toBeUndefined();
    await expectAlive();
  });

  it('one bad line costs none of the good ones around it', async () => {
    peer.sendBytes('{"action":"ping","id":1}\n{"action":pong}\n{"action":"ping","id":2}\n');
    expect(await peer.take(3)).toEqual([
      { status: 'success', message: 'pong', id: 1 },
      { status: 'error', message: 'Invalid JSON', code: 'INVALID_JSON' },
      { status: 'success', message: 'pong', id: 2 },
    ]);
  });

  it('a frame that is too large is the last one: the error says the limit', async () => {
    peer.send({ action: 'ping' });
    peer.sendBytes(`{"action":"publish","topic":"t","message":"${'x'.repeat(2 * 1024 * 1024)}"}\n`);
    expect(await peer.next()).toMatchObject({ message: 'pong' });
    expect(await peer.next()).toMatchObject({
      code: 'FRAME_TOO_LARGE',
      message: expect.stringContaining('1048576'),
    });
    await peer.ended;
  });

  it('a frame just below the limit is fine', async () => {
    const frame = { action: 'publish', topic: 't', message: 'x'.repeat(1024 * 1024 - 100) };
    expect(await peer.ask(frame)).toMatchObject({ message: 'Published' });
  });

  it('a frame that never ends is given up', async () => {
    peer.sendBytes('{"action":"ping"}\n{"action":"pi');
    expect(await peer.next()).toMatchObject({ message: 'pong' });
    expect(await peer.next()).toMatchObject({
      code: 'FRAME_TIMEOUT',
      message: expect.stringContaining('200 ms'),
    });
    await peer.ended;
  });

  it('a peer whose chunks always end amid a frame is not taken for a stalled one', async () => {
    const began = performance.now();
    peer.sendBytes('{"action":"ping"}{"acti');
    // For longer than the timeout there is always a frame under way, but never the same one.
    while (performance.now() - began < 500) {
      expect(await peer.next()).toMatchObject({ message: 'pong' });
      peer.sendBytes('on":"ping"}{"acti');
    }
    peer.sendBytes('on":"ping"}');
    await peer.next();
    expect(peer.socket.readableEnded).toBe(false);
  });

  it('a connection cut amid a frame leaves nothing behind', async () => {
    peer.sendBytes('{"action":"subscribe","topic":"t"}\n{"action":"publish","topic":"t","mess');
    await peer.next();
    peer.reset();
    await eventually(() => broker.server.connections === 0 && broker.server.broker.connections.size === 0);
    const other = await FakePeer.connect(broker);
    expect(await other.ask({ action: 'get', topic: 't' })).toMatchObject({ code: 'NO_MESSAGES' });
  });

  it.each<[string, string | Buffer]>([
    [
      'an HTTP request',
      'POST / HTTP/1.1\r\nHost: localhost\r\n\r\n{"action":"publish","topic":"t","message":1}\n',
    ],
    ['a binary preface', Buffer.from([0x80, 1, 2, 3])],
    ['bytes of no codec', Buffer.from([0x01, 0x02])],
    ['a TLS hello', Buffer.from([0x16, 0x03, 0x01])],
  ])('%s is told that its codec is unknown, in one line', async (_what, bytes) => {
    peer.sendBytes(bytes);
    expect(await peer.next()).toMatchObject({ status: 'error', code: 'UNKNOWN_CODEC' });
    await peer.ended;
    expect(peer.untaken).toEqual([]);
    expect(broker.server.broker.topics.has('t')).toBe(false);
  });

  it('an HTTP request is known also when it comes byte by byte', async () => {
    for (const byte of 'GET / ') peer.sendBytes(byte);
    expect(await peer.next()).toMatchObject({ code: 'UNKNOWN_CODEC' });
    await peer.ended;
  });

  it('a peer that says nothing and leaves is forgotten', async () => {
    peer.halfClose();
    await peer.closed;
    await eventually(() => broker.server.connections === 0);
  });
});

describe('too many connections', () => {
  afterEach(cleanUp);

  it('takes as many as it may; the next is told, and there is room again when one has gone', async () => {
    const broker = await startBroker({ maxConnections: 2 });
    const peers = [await FakePeer.connect(broker), await FakePeer.connect(broker)];
    for (const peer of peers) expect(await peer.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });
    const refused = await FakePeer.connect(broker);
    expect(await refused.next()).toEqual({
      status: 'error',
      message: 'Too many connections',
      code: 'TOO_MANY_CONNECTIONS',
    });
    await refused.ended;
    await Promise.all([refused.close(), peers[0].close()]);
    await eventually(() => broker.server.connections === 1);
    const next = await FakePeer.connect(broker);
    expect(await next.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });
  });
});
