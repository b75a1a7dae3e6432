import type { Acceptance } from '@pochta/broker-core';
import { MessageBatch } from '@pochta/protocol';
import {
  cleanUp,
  eventually,
  expectInOrder,
  FakePeer,
  RecordingOutlet,
  SlowPeer,
  startBroker,
} from '@pochta/testing';

const MIB = 1024 * 1024;
const jsonOf = (bytes: number): Buffer => Buffer.from(JSON.stringify('x'.repeat(bytes - 2)));

describe('back-pressure', () => {
  afterEach(cleanUp);

  it('a subscriber that never reads leaves the memory flat while 1 GiB is published, and is told of the gap', async () => {
    const broker = await startBroker({ defaults: { maxBytes: 4 * MIB, overflow: 'drop-oldest' } });
    const core = broker.server.broker.connect(new RecordingOutlet(), { name: 'publisher' });
    const slow = await SlowPeer.connect(broker, { action: 'subscribe', topic: 't', meta: true });
    await eventually(() => broker.server.broker.topics.has('t'));
    const payload = jsonOf(64 * 1024);
    const base = process.memoryUsage();
    let most = 0;
    for (let i = 0; i < 16 * 1024; i += 8) {
      const batches = Array.from({ length: 8 }, () => core.publish('t', MessageBatch.of(payload)));
      await Promise.all(batches);
      if (i % 256 !== 0) continue;
      const now = process.memoryUsage();
      most = Math.max(most, now.heapUsed + now.external - base.heapUsed - base.external);
    }
    expect(most).toBeLessThan(200 * MIB);
    // Reading again, it goes on behind the gap.
    let text = '';
    while (!text.includes('"type":"gap"')) text = text.slice(-200) + (await slow.read(1)).toString('latin1');
    expect(text).toContain('"reason":"overflow"');
  }, 60_000);

  it('a subscriber that reads a little at a time gets everything, in order', async () => {
    const broker = await startBroker({ defaults: { maxMessages: 100_000 } });
    const slow = await SlowPeer.connect(broker, { action: 'subscribe', topic: 't' });
    await eventually(() => broker.server.broker.topics.has('t'));
    const publisher = await FakePeer.connect(broker);
    const filling = 'x'.repeat(2000);
    const count = 10_000;
    for (let i = 0; i < count; i += 500) {
      publisher.send(
        ...Array.from({ length: 500 }, (_, j) => ({
          action: 'publish',
          topic: 't',
          message: { n: i + j, filling },
        })),
      );
      await publisher.take(500);
    }
    let text = '';
    const numbers: number[] = [];
    while (numbers.length < count) {
      text += (await slow.read(100_000)).toString('latin1');
      const lines = text.split('\n');
      text = lines.pop()!;
      for (const line of lines) {
        const frame = JSON.parse(line) as { type?: string; message: { n: number } };
        if (frame.type === 'push') numbers.push(frame.message.n);
      }
      if (numbers.length > count - 60) break;
    }
    // The rest is less than what one read asks for.
    expectInOrder(numbers, 0, numbers.length - 1);
  }, 30_000);

  it('a publisher is not read from while too much of it is unconfirmed, and then goes on', async () => {
    const maxBacklogBytes = 256 * 1024;
    const waiting: (() => void)[] = [];
    let outstanding = 0;
    let most = 0;
    const broker = await startBroker({
      wireLimits: { maxBacklogBytes },
      defaults: { maxMessages: 100_000 },
      prepare: ({ broker }) =>
        broker.addAcceptor({
          topic: 'slow',
          accept: (messages) => {
            outstanding += messages.byteLength;
            most = Math.max(most, outstanding);
            return new Promise<Acceptance>((resolve) =>
              waiting.push(() => {
                outstanding -= messages.byteLength;
                resolve({ messages });
              }),
            );
          },
        }),
    });
    const peer = await FakePeer.connect(broker);
    const count = 2000;
    const message = 'x'.repeat(8 * 1024);
    for (let i = 0; i < count; i++) peer.send({ action: 'publish', topic: 'slow', message, id: i });
    // What it holds is counted as it came, frames and all; the payloads alone are a little less.
    await eventually(() => outstanding > 0.9 * maxBacklogBytes);
    // Long enough for a broker without a limit to have taken everything.
    const other = await FakePeer.connect(broker);
    for (let i = 0; i < 200; i++) await other.ask({ action: 'ping' });
    const letGo = setInterval(() => waiting.splice(0).forEach((work) => work()), 1);
    const answers = await peer.take(count).finally(() => clearInterval(letGo));
    expectInOrder(
      answers.map((answer) => answer.id as number),
      0,
      count - 1,
    );
    // What it may leave, and one chunk.
    expect(most).toBeLessThanOrEqual(maxBacklogBytes + 2 * 64 * 1024);
  }, 30_000);

  it('a peer that does not read its answers gets no more of its requests done, and then all of them', async () => {
    const broker = await startBroker();
    const core = broker.server.broker.connect(new RecordingOutlet(), { name: 'publisher' });
    const count = 300;
    const payload = jsonOf(MIB - 1024);
    for (let i = 0; i < count; i++) await core.publish('t', MessageBatch.of(payload));
    const held = (): number => broker.server.broker.store.describe('t')!.messages;
    const slow = await SlowPeer.connect(broker);
    slow.send(...Array.from({ length: count }, (_, id) => ({ action: 'get', topic: 't', id })));
    await eventually(() => held() < count);
    // Long enough for a broker without a limit to have taken everything.
    const other = await FakePeer.connect(broker);
    for (let i = 0; i < 200; i++) await other.ask({ action: 'ping' });
    expect(held()).toBeGreaterThan(count / 2);
    const answers = await slow.read(count * payload.length);
    expect(held()).toBe(0);
    expect(answers.length).toBeGreaterThan(count * payload.length);
  }, 30_000);

  it('a responder that does not read is passed over', async () => {
    const broker = await startBroker({
      wireLimits: { maxBacklogBytes: 64 * 1024 },
      brokerLimits: { maxRequests: 1e6 },
    });
    const slow = await SlowPeer.connect(broker, { action: 'respond', topic: 'r' });
    await slow.read(1);
    const requester = await FakePeer.connect(broker);
    const message = 'x'.repeat(100_000);
    let refused: unknown;
    for (let i = 0; refused === undefined; i++) {
      requester.send({ action: 'request', topic: 'r', message, id: i }, { action: 'ping' });
      const answer = await requester.next();
      if (answer.status === 'error') refused = answer.code;
    }
    expect(refused).toBe('TOO_MANY_REQUESTS');
  }, 30_000);

  it('a requester that does not read the endless parts of a reply gets no more of them', async () => {
    const broker = await startBroker({ wireLimits: { maxBacklogBytes: 64 * 1024 } });
    const responder = await FakePeer.connect(broker);
    await responder.ask({ action: 'respond', topic: 'r' });
    const slow = await SlowPeer.connect(broker, { action: 'request', topic: 'r', message: 1, id: 1 });
    const { correlationId } = await responder.next();
    const part = { action: 'reply', correlationId, message: 'x'.repeat(500_000), more: true };
    let parts = 0;
    let told: unknown;
    while (told === undefined && ++parts < 100) {
      responder.send(part, { action: 'ping' });
      const frame = await responder.next();
      if (frame.type === 'cancel') told = frame.correlationId;
    }
    expect(told).toBe(correlationId);
    const answers = await slow.read(1);
    expect(answers.length).toBeGreaterThan(0);
  }, 30_000);

  it('a connection that is reset while it is owed answers and pushes is released', async () => {
    const broker = await startBroker();
    const slow = await SlowPeer.connect(broker, { action: 'subscribe', topic: '>' });
    const publisher = await FakePeer.connect(broker);
    for (let i = 0; i < 100; i++)
      publisher.send({ action: 'publish', topic: 't', message: 'x'.repeat(50_000) });
    slow.send(...Array.from({ length: 1000 }, () => ({ action: 'publish', topic: 'u', message: 1 })));
    await publisher.take(100);
    slow.socket.resetAndDestroy();
    await eventually(() => broker.server.connections === 1 && broker.server.broker.connections.size === 1);
    expect(broker.server.broker.filters.match('t')).toEqual([]);
    expect(await publisher.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });
  });
});
