import {
  BinaryBrokerFrameDecoder,
  BinaryClientFrameEncoder,
  BinaryFrameEncoder,
  brokerPreface,
  clientPreface,
  DEFAULT_LIMITS,
  MessageBatchBuilder,
} from '@pochta/protocol';
import {
  binaryPeer,
  cleanUp,
  eventually,
  FakePeer,
  publishFrame,
  startBroker,
  type CodecPeer,
  type StartedBroker,
} from '@pochta/testing';

const PUBLISHED = { status: 'success', message: 'Published' };
const encoder = new BinaryClientFrameEncoder();
const ping = encoder.frame({ action: 'ping', id: 1 });
const pong = new BinaryFrameEncoder().frame({ type: 'success', message: 'pong', id: 1 });

describe('binary frames', () => {
  let broker: StartedBroker;
  let peer: CodecPeer;
  beforeEach(async () => {
    broker = await startBroker({
      wireLimits: { maxFrameBytes: 100_000, frameTimeout: 300 },
      topics: { small: { maxMessages: 3 } },
    });
    peer = await binaryPeer(broker);
  });
  afterEach(cleanUp);

  /** A peer that says bytes, and what it has heard, as bytes. */
  const raw = async (): Promise<{ peer: FakePeer; heard: () => Buffer }> => {
    const rawPeer = await FakePeer.connect(broker);
    const chunks: Buffer[] = [];
    rawPeer.socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    return { peer: rawPeer, heard: () => Buffer.concat(chunks) };
  };
  const codesIn = (bytes: Buffer): (string | undefined)[] => {
    const codes: (string | undefined)[] = [];
    new BinaryBrokerFrameDecoder().decode(bytes, {
      onConfirms: (count) => codes.push(...new Array<string>(count).fill('confirm')),
      onPush: () => codes.push('push'),
      onFrame: (frame) => codes.push(frame.type === 'error' ? frame.code : frame.type),
      onFatal: ({ code }) => codes.push(code),
    });
    return codes;
  };

  it('begin with the preface of each side, however it is cut, and the broker tells its limit', async () => {
    const { peer: slow, heard } = await raw();
    for (const byte of Buffer.concat([clientPreface(), ping])) slow.sendBytes(Buffer.of(byte));
    const expected = Buffer.concat([brokerPreface(100_000), pong]);
    await eventually(() => heard().length >= expected.length);
    expect(heard()).toEqual(expected);
  });

  it('of another version are refused in a frame, behind the preface that tells which is spoken', async () => {
    const { peer: other, heard } = await raw();
    const preface = clientPreface();
    preface[7] = 99;
    other.sendBytes(Buffer.concat([preface, ping]));
    await other.ended;
    expect(codesIn(heard())).toEqual(['UNKNOWN_CODEC']);
  });

  it('are no codec of the simple port, and what only begins like them is none at all', async () => {
    const { peer: other } = await raw();
    other.sendBytes(Buffer.of(0xd0, 0x9f, 0, 0));
    expect(await other.next()).toMatchObject({ code: 'UNKNOWN_CODEC' });
    const simple = await startBroker({ simple: true });
    const naive = await FakePeer.connect({ port: simple.simplePort });
    naive.sendBytes(clientPreface());
    expect(await naive.next()).toMatchObject({ code: 'UNKNOWN_CODEC' });
  });

  it('that are wrong cost only themselves', async () => {
    const { peer: bad, heard } = await raw();
    const cut = Buffer.of(2, 0, 0, 0, 0x06, 1);
    bad.sendBytes(Buffer.concat([clientPreface(), ping, cut, Buffer.alloc(4), ping]));
    await eventually(() => codesIn(heard()).length === 4);
    expect(codesIn(heard())).toEqual(['success', 'INVALID_FRAME', 'INVALID_FRAME', 'success']);
  });

  it('whose length is above the limit end the connection, and no other', async () => {
    const { peer: bad, heard } = await raw();
    const length = Buffer.alloc(4);
    length.writeUInt32LE(100_000 - 3);
    bad.sendBytes(Buffer.concat([clientPreface(), ping, length]));
    await bad.ended;
    expect(codesIn(heard())).toEqual(['success', 'FRAME_TOO_LARGE']);
    expect(await peer.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });
  });

  it('that stay incomplete end the connection in time', async () => {
    const { peer: slow, heard } = await raw();
    slow.sendBytes(Buffer.concat([clientPreface(), ping.subarray(0, 5)]));
    await slow.ended;
    expect(codesIn(heard())).toEqual(['FRAME_TIMEOUT']);
    const { peer: unsure } = await raw();
    unsure.sendBytes(clientPreface().subarray(0, 9));
    await unsure.ended;
  });

  it('confirm the messages of a frame that are stored, and say which of them are not', async () => {
    const { peer: publisher, heard } = await raw();
    const builder = new MessageBatchBuilder();
    for (const text of ['1', '{', '2', '3', '4', '5']) builder.add(Buffer.from(text), 0, text.length);
    publisher.sendBytes(Buffer.concat([clientPreface(), encoder.publishes('small', builder.build()), ping]));
    await eventually(() => codesIn(heard()).includes('success'));
    expect(codesIn(heard())).toEqual([
      'confirm',
      'INVALID_JSON',
      'confirm',
      'confirm',
      'TOPIC_FULL',
      'success',
    ]);
    expect(await peer.ask({ action: 'get', topic: 'small' })).toMatchObject({ message: 1 });
    expect(await peer.ask({ action: 'get', topic: 'small' })).toMatchObject({ message: 2 });
  });

  it('and JSON lines say the same of each message, whichever of them it was published in', async () => {
    const lines = await FakePeer.connect(broker);
    const subscribe = { action: 'subscribe', topic: 't', meta: true, subscription: 's' };
    const [binaryAnswer, answer] = [await peer.ask(subscribe), await lines.ask(subscribe)];
    expect(binaryAnswer).toEqual(answer);
    const messages = [
      publishFrame('t', { text: 'é\n' }, { key: 'k', headers: { a: 'b' }, priority: 3 }),
      { action: 'publish', topic: 't', message: 'AP8K', encoding: 'base64', contentType: 'image/png' },
      publishFrame('t', null),
    ];
    const publishers = [await binaryPeer(broker), await FakePeer.connect(broker)];
    for (const publisher of publishers) {
      publisher.send(...messages);
      expect(await publisher.take(3)).toEqual([PUBLISHED, PUBLISHED, PUBLISHED]);
    }
    const pushes = await peer.take(6);
    expect(pushes).toEqual(await lines.take(6));
    expect(pushes.map(({ message }) => message)).toEqual(
      [...messages, ...messages].map((frame) => (frame as { message: unknown }).message),
    );
    expect(pushes.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('carry the line breaks of nobody into a JSON line', async () => {
    const lines = await FakePeer.connect(broker);
    await lines.ask({ action: 'subscribe', topic: 't' });
    const { peer: publisher } = await raw();
    const payload = Buffer.from('[1,\r\n{"type":"push"}\n]');
    const frame = encoder.frame({ action: 'publish', topic: 't', message: { bytes: payload } });
    publisher.sendBytes(Buffer.concat([clientPreface(), frame]));
    expect(await lines.nextLine()).toBe('{"type":"push","topic":"t","message":[1,  {"type":"push"} ]}');
  });

  it('are not read from a peer that takes no answers, and are once it does', async () => {
    const { peer: greedy } = await raw();
    greedy.socket.pause();
    const payload = Buffer.from(JSON.stringify('x'.repeat(60_000)));
    const message = { bytes: payload };
    greedy.sendBytes(clientPreface());
    for (let id = 0; id < 200; id++)
      greedy.sendBytes(encoder.frame({ action: 'publish', topic: 'many', message, id: `${id}` }));
    for (let id = 0; id < 1000; id++) greedy.sendBytes(encoder.frame({ action: 'get', topic: 'many', id }));
    expect(await peer.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });
    let bytes = 0;
    greedy.socket.on('data', (chunk: Buffer) => (bytes += chunk.length)).resume();
    await eventually(() => bytes > 200 * 60_000);
    expect(DEFAULT_LIMITS.maxBacklogBytes).toBeLessThan(200 * 60_000);
  });

  it('that are JSON text have no forms for naive clients', async () => {
    expect(await peer.ask({ action: 'listen' })).toMatchObject({ code: 'UNKNOWN_ACTION' });
    expect(await peer.ask({ action: 'get' })).toMatchObject({ code: 'UNKNOWN_ACTION' });
    expect(await peer.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });
  });
});
