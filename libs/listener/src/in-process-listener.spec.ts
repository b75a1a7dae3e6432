import { DEFAULT_LIMITS } from '@pochta/protocol';
import {
  cleanUp,
  eventually,
  expectInOrder,
  FakePeer,
  publishFrame,
  SlowPeer,
  startBroker,
} from '@pochta/testing';

describe('a connection from within the process', () => {
  afterEach(cleanUp);

  it('speaks as any other, and is called in-process', async () => {
    const seen: unknown[] = [];
    const debug = (facts: object, text: string): void => void seen.push({ ...facts, text });
    const ignore = (): void => undefined;
    const log = { debug, info: ignore, warn: ignore, error: ignore };
    const { server } = await startBroker({ log });
    const peer = FakePeer.over(server.openSocket());
    await peer.ask({ action: 'subscribe', topic: 't' });
    expect(await peer.ask(publishFrame('t', 1))).toMatchObject({ message: 'Published' });
    expect(await peer.next()).toMatchObject({ type: 'push', message: 1 });
    expect(server.connections).toBe(1);
    await peer.close();
    await eventually(() => server.connections === 0);
    expect(seen).toEqual([
      { peer: 'in-process', text: 'connected' },
      { peer: 'in-process', text: 'disconnected' },
    ]);
  });

  it('is answered in full after it has half-closed', async () => {
    const { server } = await startBroker();
    const socket = server.openSocket();
    socket.allowHalfOpen = true;
    const peer = FakePeer.over(socket);
    peer.send(publishFrame('t', 'x'.repeat(100_000)), publishFrame('t', 2), { action: 'get', topic: 't' });
    peer.halfClose();
    const answers = await peer.take(3);
    expect(answers.map(({ status }) => status)).toEqual(['success', 'success', 'success']);
    expect(answers[2].message).toHaveLength(100_000);
    await peer.ended;
    expect(peer.untaken).toEqual([]);
  });

  it('ends at both ends when either is destroyed', async () => {
    const { server } = await startBroker();
    const peer = FakePeer.over(server.openSocket());
    await peer.ask({ action: 'subscribe', topic: 't' });
    peer.reset();
    await eventually(() => server.connections === 0);
    const other = FakePeer.over(server.openSocket());
    other.sendBytes(`{"action":"publish","topic":"t","message":"${'x'.repeat(DEFAULT_LIMITS.maxFrameBytes)}`);
    expect(await other.next()).toMatchObject({ code: 'FRAME_TOO_LARGE' });
    await other.closed;
    await eventually(() => server.connections === 0);
  });

  it('counts as a connection, and is told when there is no room for one', async () => {
    const { server } = await startBroker({ maxConnections: 1 });
    const peer = FakePeer.over(server.openSocket());
    await peer.ask({ action: 'ping' });
    const second = FakePeer.over(server.openSocket());
    expect(await second.next()).toMatchObject({ code: 'TOO_MANY_CONNECTIONS' });
    await second.closed;
    expect(await peer.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });
  });

  it('that does not read grows no memory, and gets everything once it does', async () => {
    const { server } = await startBroker({ defaults: { maxMessages: 100_000 } });
    const slow = SlowPeer.over(server.openSocket(), { action: 'subscribe', topic: 't' });
    await eventually(() => server.broker.topics.has('t'));
    const publisher = FakePeer.over(server.openSocket());
    const filling = 'x'.repeat(10_000);
    const [count, batch] = [8000, 100];
    // The store keeps 80 MB: what is pushed is not to come on top of that.
    let most = 0;
    for (let n = 0; n < count; n += batch) {
      publisher.send(...Array.from({ length: batch }, (_, i) => publishFrame('t', { n: n + i, filling })));
      await publisher.take(batch);
      most = Math.max(most, slow.socket.readableLength);
    }
    expect(most).toBeLessThanOrEqual(128 * 1024);
    const reader = FakePeer.over(slow.socket, 20_000);
    slow.socket.resume();
    const frames = await reader.take(count + 1);
    const numbers = frames.slice(1).map(({ message }) => (message as { n: number }).n);
    expectInOrder(numbers, 0, count - 1);
  }, 30_000);

  it('is not read from while it takes no answers, and goes on then', async () => {
    const { server } = await startBroker({ wireLimits: { maxBacklogBytes: 256 * 1024 } });
    const publisher = FakePeer.over(server.openSocket());
    await publisher.ask(publishFrame('t', 'x'.repeat(100_000)));
    const slow = SlowPeer.over(server.openSocket());
    const asked = 1000;
    for (let i = 0; i < asked; i++) slow.send({ action: 'publish', topic: 't', message: 'y'.repeat(1000) });
    for (let i = 0; i < asked; i++) slow.send({ action: 'get', topic: 't' });
    for (let i = 0; i < asked; i++) slow.send({ action: 'publish', topic: 'u', message: 'z'.repeat(1000) });
    await eventually(() => slow.socket.writableLength < 3 * asked * 1000);
    const reader = FakePeer.over(slow.socket);
    slow.socket.resume();
    expect(await reader.take(3 * asked)).toHaveLength(3 * asked);
    expect(slow.socket.writableLength).toBe(0);
  });

  it('is answered when the broker stops, and then ended; nobody connects any more', async () => {
    const { server } = await startBroker();
    const peer = FakePeer.over(server.openSocket());
    const idle = FakePeer.over(server.openSocket());
    await peer.ask({ action: 'subscribe', topic: 't' });
    peer.send(publishFrame('t', 1, { id: 1 }));
    expect(await peer.next()).toMatchObject({ id: 1 });
    await server.stop();
    await Promise.all([peer.closed, idle.closed]);
    expect(server.connections).toBe(0);
    expect(() => server.openSocket()).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }));
  });

  it('that takes nothing is cut when the broker stops, in time', async () => {
    const { server } = await startBroker({ stopTimeout: 50, defaults: { maxMessages: 10_000 } });
    const slow = SlowPeer.over(server.openSocket(), { action: 'subscribe', topic: 't' });
    const peer = FakePeer.over(server.openSocket());
    for (let i = 0; i < 200; i++) peer.send(publishFrame('t', 'x'.repeat(100_000)));
    await peer.take(200);
    await server.stop();
    expect(server.connections).toBe(0);
    slow.socket.resume();
    await slow.closed;
  });
});
