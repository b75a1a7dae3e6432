import {
  JsonLinesFrameDecoder,
  JsonLinesFrameEncoder,
  MessageBatch,
  OneTopicEncoder,
  SimpleEncoder,
} from '@pochta/protocol';
import { cleanUp, eventually, FakePeer, SlowPeer, startCore, type TestCore } from '@pochta/testing';
import type { CodecTable } from './codec-table';
import { TcpListener, type TcpListenerOptions } from './tcp-listener';

const encoder = new JsonLinesFrameEncoder();
const codecs: CodecTable = {
  'json-lines': {
    encoder,
    open: (_, limits) => ({ encoder, decoder: new JsonLinesFrameDecoder(limits) }),
  },
  simple: new SimpleEncoder(),
  shorthand: new OneTopicEncoder(),
};

describe('TcpListener', () => {
  let core: TestCore;
  let listener: TcpListener;
  const open = async (options: Partial<TcpListenerOptions> = {}): Promise<FakePeer> => {
    core = await startCore();
    listener = new TcpListener({ broker: core.broker, codecs, port: 0, ...options });
    await listener.open();
    return FakePeer.connect(listener.addresses[0]);
  };
  afterEach(async () => {
    await cleanUp();
    await listener.close(100);
    await core.stop();
  });

  it('ends a peer that has sent ping and is silent, and no other', async () => {
    const pinging = await open({ silence: 60 });
    const quiet = await FakePeer.connect(listener.addresses[0]);
    await quiet.ask({ action: 'subscribe', topic: 't' });
    await pinging.ask({ action: 'ping' });
    await pinging.closed;
    expect(await quiet.ask({ action: 'unsubscribe', topic: 't' })).toMatchObject({ message: 'Unsubscribed' });
    expect(listener.connections).toBe(1);
  });

  it('kept a peer for ever that half-closed and took nothing; one that waits for its reply it keeps', async () => {
    const responder = await open({ silence: 60 });
    await responder.ask({ action: 'respond', topic: 'q' });
    const asking = await FakePeer.connect(listener.addresses[0]);
    asking.send({ action: 'request', topic: 'q', message: 1, id: 1 });
    const { correlationId } = await responder.next();
    asking.halfClose();
    const { connection } = core.connect();
    const big = Buffer.from(JSON.stringify('x'.repeat(100_000)));
    for (let count = 0; count < 200; count++) await connection.publish('t', MessageBatch.of(big));
    const slow = await SlowPeer.connect(listener.addresses[0], { action: 'subscribe', topic: 't' });
    await eventually(() => listener.connections === 3);
    slow.socket.end();
    await eventually(() => listener.connections === 2);
    responder.send({ action: 'reply', correlationId, message: 'late' });
    expect(await asking.next()).toMatchObject({ id: 1, message: 'late' });
  });

  it('does not take a peer for silent that goes on sending', async () => {
    const silence = 500;
    const peer = await open({ silence });
    const began = performance.now();
    while (performance.now() - began < 2 * silence) await peer.ask({ action: 'ping' });
    expect(peer.socket.readableEnded).toBe(false);
  });

  it('drops a peer that does not close its side after the last answer', async () => {
    const peer = await open({ limits: { frameTimeout: 40 } });
    peer.socket.allowHalfOpen = true;
    peer.sendBytes('{"never');
    expect(await peer.next()).toMatchObject({ code: 'FRAME_TIMEOUT' });
    await eventually(() => listener.connections === 0);
  });

  it('answers what it took in although it stopped reading', async () => {
    const peer = await open();
    await peer.ask({ action: 'subscribe', topic: 't' });
    peer.send({ action: 'publish', topic: 't', message: 1 });
    await eventually(() => core.store.describe('t')?.messages === 1);
    listener.drain();
    expect(listener.addresses).toEqual([]);
    await core.broker.drain();
    const closing = listener.close(1000);
    expect((await peer.take(2)).map((frame) => frame.message)).toEqual(['Published', 1]);
    await closing;
    expect(core.broker.connections.size).toBe(0);
  });

  it('closes at once when nobody is connected', async () => {
    const peer = await open();
    await peer.close();
    await eventually(() => listener.connections === 0);
    await listener.close(60_000);
  });
});
