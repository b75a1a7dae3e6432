import {
  cleanUp,
  CODEC_PEERS,
  eventually,
  FakePeer,
  startBroker,
  type CodecPeer,
  type StartedBroker,
} from '@pochta/testing';

const PNG = { message: 'AP8K', encoding: 'base64', contentType: 'image/png' } as const;
const AS_JSON = { message: 'AP8K' };

let broker: StartedBroker;
let peer: CodecPeer;

afterEach(cleanUp);

describe.each(CODEC_PEERS)('a payload that is not JSON, over %s', (_, connectTo) => {
  beforeEach(async () => {
    broker = await startBroker({
      engine: 'lmdb',
      simple: true,
      topics: { small: { maxBytes: 1500, overflow: 'reject' } },
    });
    peer = await connectTo(broker);
  });

  it('comes to subscriptions and to a get as it was published', async () => {
    const published = await peer.ask({ action: 'publish', topic: 't', ...PNG, key: 'k' });
    expect(published).toEqual({ status: 'success', message: 'Published' });
    await peer.ask({ action: 'publish', topic: 't', message: '', encoding: 'base64', contentType: 'a/b' });
    await peer.ask({ action: 'publish', topic: 't', ...AS_JSON });
    await peer.ask({ action: 'subscribe', topic: 't', meta: true });
    expect(await peer.take(3)).toMatchObject([
      { type: 'push', ...PNG, key: 'k' },
      { type: 'push', message: '', encoding: 'base64', contentType: 'a/b' },
      { type: 'push', ...AS_JSON },
    ]);
    const other = await connectTo(broker);
    expect(await other.ask({ action: 'get', topic: 't', id: 1 })).toEqual({
      status: 'success',
      id: 1,
      ...PNG,
    });
  });

  it('is kept as it is by transactions, dead letters, and a restart', async () => {
    await peer.ask({ action: 'transaction', operations: [{ action: 'publish', topic: 't', ...PNG }] });
    await peer.ask({ action: 'subscribe', topic: 't', group: 'g', subscription: 's' });
    expect(await peer.next()).toMatchObject({ type: 'push', sequence: 1, ...PNG });
    await peer.ask({ action: 'terminate', topic: 't', group: 'g', sequence: 1 });
    await broker.restart();
    const other = await connectTo(broker);
    expect(await other.ask({ action: 'get', topic: 't.dead' })).toMatchObject(PNG);
  });

  it('goes to a responder, and back to the requester', async () => {
    await peer.ask({ action: 'respond', topic: 'r' });
    const requester = await connectTo(broker);
    requester.send({ action: 'request', topic: 'r', ...PNG, id: 1 });
    const request = await peer.next();
    expect(request).toMatchObject({ type: 'request', topic: 'r', ...PNG });
    const { correlationId } = request;
    peer.send({ action: 'reply', correlationId, ...PNG, more: true });
    peer.send({ action: 'reply', correlationId, message: 1 });
    expect(await requester.take(2)).toEqual([
      { status: 'success', ...PNG, id: 1, more: true },
      { status: 'success', message: 1, id: 1 },
    ]);
  });

  it('is refused with the field that is wrong, and costs the connection nothing', async () => {
    const { message, encoding, contentType } = PNG;
    const refused: [object, string][] = [
      [{ message, encoding }, 'contentType'],
      [{ message, contentType }, 'encoding'],
      [{ message, contentType, encoding: 'hex' }, 'encoding'],
      [{ message: 'AP8', contentType, encoding }, 'message'],
      [{ message, encoding, contentType: 'a\nb' }, 'contentType'],
      [{ message, encoding, contentType: 'x'.repeat(256) }, 'contentType'],
    ];
    for (const [fields, field] of refused) {
      const answer = await peer.ask({ action: 'publish', topic: 't', ...fields, id: field });
      expect(answer).toMatchObject({ status: 'error', code: 'INVALID_FRAME', id: field });
      expect(answer['message']).toMatch(new RegExp(`^${field} must be`));
    }
    expect(await peer.ask({ action: 'publish', topic: 't', ...PNG })).toMatchObject({ status: 'success' });
  });

  it('counts by its decoded bytes towards the limits of its topic', async () => {
    const publish = (bytes: number) =>
      peer.ask({
        action: 'publish',
        topic: 'small',
        message: Buffer.alloc(bytes).toString('base64'),
        encoding: 'base64',
        contentType: 'a/b',
      });
    expect(await publish(900)).toMatchObject({ status: 'success' });
    expect(await publish(900)).toMatchObject({ code: 'TOPIC_FULL' });
  });

  it('reaches the listeners of the shorthand as a string of base64', async () => {
    const naive = await FakePeer.connect(broker);
    naive.send({ action: 'listen' });
    await eventually(() => naive.chunks.length === 1);
    await peer.ask({ action: 'publish', topic: 'test', ...PNG });
    await eventually(() => naive.chunks.length === 2);
    expect(naive.chunks[1].text).toBe('{"new_message": "AP8K"}');
  });

  it('reaches those of the simple dialect likewise, which may publish it too', async () => {
    const naive = await FakePeer.connect({ port: broker.simplePort });
    naive.send({ action: 'publish', topic: 't', ...PNG });
    await eventually(() => naive.chunks.length === 1);
    naive.send({ action: 'get', topic: 't' });
    await eventually(() => naive.chunks.length === 2);
    expect(naive.chunks.map(({ text }) => text)).toEqual([
      '{"status": "ok"}',
      '{"status": "ok", "data": "AP8K"}',
    ]);
  });
});
