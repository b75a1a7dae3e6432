import { randomBytes } from 'node:crypto';
import { BuiltBroker } from '@pochta/testing/processes';
import { connectPeer } from './kit/clients';

/** The broker is there for others, as if nothing had been. */
async function expectService(broker: BuiltBroker): Promise<void> {
  const peer = await connectPeer(broker.port);
  const topic = `service-${peer.socket.localPort}`;
  expect(await peer.ask({ action: 'publish', topic, message: 1 })).toMatchObject({ message: 'Published' });
  expect(await peer.ask({ action: 'get', topic })).toEqual({ status: 'success', message: 1 });
}

it('a connection that is cut in the middle of a frame leaves nothing behind', async () => {
  const broker = await BuiltBroker.start();
  const frame = Buffer.from('{"action":"publish","topic":"t","message":"whole"}\n');
  for (let length = 1; length < frame.length - 1; length += 1) {
    const peer = await connectPeer(broker.port);
    peer.sendBytes(frame.subarray(0, length));
    if (length % 2 === 0) peer.reset();
    else await peer.close().catch(() => undefined);
  }
  await expectService(broker);

  const reader = await connectPeer(broker.port);
  expect(await reader.ask({ action: 'get', topic: 't' })).toMatchObject({ code: 'NO_MESSAGES' });
});

it('garbage is answered with one error, and the connection closed', async () => {
  const broker = await BuiltBroker.start();
  for (let first = 0x80; first <= 0xff; first += 1) {
    const peer = await connectPeer(broker.port);
    peer.sendBytes(Buffer.concat([Buffer.of(first), randomBytes(2000)]));
    expect(await peer.next()).toMatchObject({ status: 'error', code: 'UNKNOWN_CODEC' });
    await peer.ended;
    expect(peer.untaken).toEqual([]);
  }
  await expectService(broker);
});

it.each([
  ['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  [
    'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60\r\n\r\n{"action":"publish","topic":"t","message":"from a web page"}',
  ],
])('an HTTP request is answered with one error, and its body is not acted on: %j', async (request) => {
  const broker = await BuiltBroker.start();
  const browser = await connectPeer(broker.port);
  browser.sendBytes(request);
  expect(await browser.next()).toMatchObject({ status: 'error', code: 'UNKNOWN_CODEC' });
  await browser.ended;
  expect(browser.untaken).toEqual([]);

  const reader = await connectPeer(broker.port);
  expect(await reader.ask({ action: 'get', topic: 't' })).toMatchObject({ code: 'NO_MESSAGES' });
});

it('bytes that are no UTF-8 cost a connection that line only', async () => {
  const broker = await BuiltBroker.start();
  const peer = await connectPeer(broker.port);
  await peer.ask({ action: 'ping' });
  peer.sendBytes(Buffer.from('{"action":"publish","topic":"t","message":"\xff\xfe"}\n', 'latin1'));
  expect(await peer.next()).toMatchObject({ code: 'INVALID_JSON' });
  expect(await peer.ask({ action: 'get', topic: 't' })).toMatchObject({ code: 'NO_MESSAGES' });
});

it('a frame that is too large is refused with the limit, and the connection closed', async () => {
  const broker = await BuiltBroker.start();
  const peer = await connectPeer(broker.port);
  peer.sendBytes(`{"action":"publish","topic":"t","message":"${'x'.repeat(2 * 1024 * 1024)}`);
  const answer = await peer.next();
  expect(answer).toMatchObject({ status: 'error', code: 'FRAME_TOO_LARGE' });
  expect(answer.message).toContain('1048576');
  await peer.ended;
  await expectService(broker);
});

it('a frame that is nested too deep is refused, and the connection goes on', async () => {
  const broker = await BuiltBroker.start();
  const peer = await connectPeer(broker.port);
  peer.sendBytes(`{"action":"publish","topic":"t","message":${'['.repeat(10_000)}${']'.repeat(10_000)}}\n`);
  expect(await peer.next()).toMatchObject({ status: 'error' });
  expect(await peer.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });
});
