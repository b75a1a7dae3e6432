import { batchOf, cleanUp, FakePeer, startBroker, type StartedBroker } from '@pochta/testing';

/** The chunks as a client's reads would give them; each must be one frame of its own. */
async function frames(peer: FakePeer, count: number): Promise<string[]> {
  const texts: string[] = [];
  while (texts.length < count) texts.push((await peer.nextChunk()).text);
  return texts;
}

let broker: StartedBroker;
let peer: FakePeer;
afterEach(cleanUp);

describe('the simple dialect', () => {
  beforeEach(async () => {
    broker = await startBroker({ simple: true });
    peer = await FakePeer.connect({ port: broker.simplePort });
  });

  it('answers publish and get byte for byte', async () => {
    peer.sendBytes('{"action":"publish","topic":"t","message":{"a":[1,"é"]}}');
    expect(await frames(peer, 1)).toEqual(['{"status": "ok"}']);
    peer.sendBytes('{"action":"get","topic":"t"}');
    expect(await frames(peer, 1)).toEqual(['{"status": "ok", "data": {"a": [1, "\\u00e9"]}}']);
    peer.sendBytes('{"action":"get","topic":"t"}');
    expect(await frames(peer, 1)).toEqual(['{"status": "no_messages"}']);
  });

  it('answers errors with the fixed texts', async () => {
    peer.sendBytes('{"action":"dance"}\n{no\n');
    expect(await frames(peer, 2)).toEqual([
      '{"status": "error", "message": "Unknown action"}',
      '{"status": "error", "message": "Invalid JSON"}',
    ]);
    for (const action of ['respond', 'ack', 'listen']) {
      peer.send({ action, topic: 't', group: 'g', sequence: 1 });
      expect((await frames(peer, 1))[0]).toMatch(/^\{"status": "error", "message": ".+"\}$/);
    }
  });

  it('pushes what the topic holds before subscribed, and what comes after it', async () => {
    const other = await FakePeer.connect({ port: broker.simplePort });
    other.send({ action: 'publish', topic: 't', message: 1 }, { action: 'publish', topic: 't', message: 2 });
    await frames(other, 2);
    peer.send({ action: 'subscribe', topic: 't' });
    expect(await frames(peer, 3)).toEqual([
      '{"type": "message", "data": 1}',
      '{"type": "message", "data": 2}',
      '{"status": "subscribed"}',
    ]);
    other.send({ action: 'publish', topic: 't', message: 'live' });
    expect(await frames(peer, 1)).toEqual(['{"type": "message", "data": "live"}']);
  });

  it('says subscribed at once where nothing is held, for a topic and for a filter', async () => {
    peer.send({ action: 'subscribe', topic: 't' }, { action: 'subscribe', topic: 'a.*' });
    expect(await frames(peer, 2)).toEqual(['{"status": "subscribed"}', '{"status": "subscribed"}']);
  });

  it("writes a publisher's own push before its ok, one frame a write", async () => {
    peer.send({ action: 'subscribe', topic: 't' });
    await frames(peer, 1);
    peer.send(...[1, 2, 3].map((message) => ({ action: 'publish', topic: 't', message })));
    expect(await frames(peer, 6)).toEqual([
      '{"type": "message", "data": 1}',
      '{"type": "message", "data": 2}',
      '{"type": "message", "data": 3}',
      '{"status": "ok"}',
      '{"status": "ok"}',
      '{"status": "ok"}',
    ]);
  });

  it('does not hold an ok back for a subscription that is over', async () => {
    peer.send(
      { action: 'subscribe', topic: 't' },
      { action: 'publish', topic: 't', message: 1 },
      { action: 'unsubscribe', topic: 't' },
      { action: 'publish', topic: 't', message: 2 },
    );
    const answers = (await frames(peer, 4)).filter((text) => text.startsWith('{"status"'));
    expect(answers).toEqual([
      '{"status": "subscribed"}',
      '{"status": "ok"}',
      '{"status": "ok"}',
      '{"status": "ok"}',
    ]);
  });

  it('keeps frames apart also when many come at once, and carries no gaps', async () => {
    const { connection } = fillingConnection();
    for (let i = 0; i < 50; i++) await publish(connection, 't', i);
    peer.send({ action: 'get', topic: 't' });
    await frames(peer, 1);
    peer.send({ action: 'subscribe', topic: 't', from: { sequence: 1 } });
    const expected = Array.from({ length: 49 }, (_, i) => `{"type": "message", "data": ${i + 1}}`);
    expect(await frames(peer, 50)).toEqual([...expected, '{"status": "subscribed"}']);
  });

  it('tells a full topic', async () => {
    const { connection } = fillingConnection();
    for (let i = 0; i < 1000; i++) await publish(connection, 'full', i);
    peer.send({ action: 'publish', topic: 'full', message: 1 });
    expect(await frames(peer, 1)).toEqual(['{"status": "error", "message": "Queue full"}']);
  });

  it('answers a peer that half-closes also when that takes longer than a peer may take to close', async () => {
    peer.send(...Array.from({ length: 350 }, () => ({ action: 'ping' })));
    peer.halfClose();
    expect(new Set(await frames(peer, 350))).toEqual(new Set(['{"status": "ok"}']));
    await peer.closed;
  }, 20_000);

  it('answers a peer that half-closes, all of it', async () => {
    peer.send({ action: 'publish', topic: 't', message: 1 }, { action: 'get', topic: 't' });
    peer.halfClose();
    expect(await frames(peer, 2)).toEqual(['{"status": "ok"}', '{"status": "ok", "data": 1}']);
    await peer.closed;
  });
});

describe('the one-topic shorthand', () => {
  beforeEach(async () => {
    broker = await startBroker();
    peer = await FakePeer.connect(broker);
  });

  it('sends and gets byte for byte, and removes nothing', async () => {
    peer.sendBytes('{"action":"get"}');
    expect(await frames(peer, 1)).toEqual(['{"messages": []}']);
    peer.sendBytes('{"action":"send","text":"Hé"}');
    expect(await frames(peer, 1)).toEqual(['{"status": "sent"}']);
    peer.sendBytes('{"action":"send","text":"zwei"}');
    expect(await frames(peer, 1)).toEqual(['{"status": "sent"}']);
    for (let i = 0; i < 2; i++) {
      peer.sendBytes('{"action":"get"}');
      expect(await frames(peer, 1)).toEqual(['{"messages": ["H\\u00e9", "zwei"]}']);
    }
  });

  it('listens from now on, without history', async () => {
    const sender = await FakePeer.connect(broker);
    sender.sendBytes('{"action":"send","text":"before"}');
    await frames(sender, 1);
    peer.sendBytes('{"action":"listen"}');
    expect(await frames(peer, 1)).toEqual(['{"status": "listening"}']);
    sender.sendBytes('{"action":"send","text":"1"}{"action":"send","text":"2"}');
    await frames(sender, 2);
    expect(await frames(peer, 2)).toEqual(['{"new_message": "1"}', '{"new_message": "2"}']);
    peer.sendBytes('{"action":"listen"}');
    expect(await frames(peer, 1)).toEqual(['{"status": "listening"}']);
  });

  it("writes a sender's own push before its sent", async () => {
    peer.sendBytes('{"action":"listen"}{"action":"send","text":"mine"}');
    expect(await frames(peer, 3)).toEqual([
      '{"status": "listening"}',
      '{"new_message": "mine"}',
      '{"status": "sent"}',
    ]);
  });

  it('is the topic test, which drops its oldest messages', async () => {
    const { connection } = fillingConnection();
    for (let i = 0; i < 1001; i++) await publish(connection, 'test', i);
    expect(broker.server.broker.store.describe('test')).toMatchObject({ messages: 1000, firstSequence: 2 });
    peer.send({ action: 'get', topic: 'test' });
    expect(await peer.next()).toEqual({ status: 'success', message: 1 });
  });

  it('may be mixed with JSON lines on one connection', async () => {
    peer.send({ action: 'subscribe', topic: 'test' }, { action: 'ping', id: 1 });
    await peer.take(2);
    peer.sendBytes('{"action":"listen"}');
    peer.sendBytes('{"action":"send","text":"x"}{"action":"ping","id":2}');
    const seen = new Set<string>();
    while (seen.size < 5) seen.add((await peer.nextChunk()).text.trim());
    expect([...seen]).toEqual(
      expect.arrayContaining([
        '{"status": "listening"}',
        '{"new_message": "x"}',
        '{"type":"push","topic":"test","message":"x"}',
        '{"status": "sent"}',
      ]),
    );
  });
});

type CoreConnection = ReturnType<StartedBroker['server']['broker']['connect']>;

function fillingConnection(): { connection: CoreConnection } {
  const outlet = { writable: false, push() {}, gap() {}, request() {}, cancel() {}, failed() {} };
  return { connection: broker.server.broker.connect(outlet, { name: 'filling' }) };
}

async function publish(connection: CoreConnection, topic: string, value: unknown): Promise<void> {
  const { outcomes } = await connection.publish(topic, batchOf(value));
  expect(outcomes).toBeUndefined();
}
