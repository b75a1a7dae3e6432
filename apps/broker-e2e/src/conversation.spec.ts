import { BuiltBroker } from '@pochta/testing/processes';
import { connectPeer } from './kit/clients';

const PUBLISHED = { status: 'success', message: 'Published' };

describe('a person with telnet', () => {
  it('publishes, subscribes, gets and takes leave', async () => {
    const { port } = await BuiltBroker.start();
    const telnet = await connectPeer(port);

    expect(await telnet.ask({ action: 'ping' })).toEqual({ status: 'success', message: 'pong' });
    expect(await telnet.ask({ action: 'publish', topic: 'letters', message: { to: 'you' } })).toEqual(
      PUBLISHED,
    );
    expect(await telnet.ask({ action: 'subscribe', topic: 'letters' })).toMatchObject({
      status: 'success',
      message: 'Subscribed',
      subscription: expect.any(String),
      epoch: expect.any(String),
    });
    expect(await telnet.next()).toEqual({ type: 'push', topic: 'letters', message: { to: 'you' } });

    // One's own message comes as a push, after its confirm.
    telnet.send({ action: 'publish', topic: 'letters', message: 'live', id: 7 });
    expect(await telnet.take(2)).toEqual([
      { ...PUBLISHED, id: 7 },
      { type: 'push', topic: 'letters', message: 'live' },
    ]);

    expect(await telnet.ask({ action: 'get', topic: 'letters' })).toEqual({
      status: 'success',
      message: { to: 'you' },
    });
    expect(await telnet.ask({ action: 'get', topic: 'letters' })).toEqual({
      status: 'success',
      message: 'live',
    });
    expect(await telnet.ask({ action: 'get', topic: 'letters' })).toEqual({
      status: 'success',
      message: 'No messages',
      code: 'NO_MESSAGES',
    });

    expect(await telnet.ask({ action: 'unsubscribe', subscription: 'letters' })).toEqual({
      status: 'success',
      message: 'Unsubscribed',
    });
    telnet.send({ action: 'publish', topic: 'letters', message: 'unseen' }, { action: 'ping' });
    expect(await telnet.take(2)).toEqual([PUBLISHED, { status: 'success', message: 'pong' }]);
  });

  it('sees what another publishes, in order', async () => {
    const { port } = await BuiltBroker.start();
    const [reader, writer] = [await connectPeer(port, '::1'), await connectPeer(port)];
    await reader.ask({ action: 'subscribe', topic: 'numbers' });
    for (let n = 0; n < 100; n += 1) writer.send({ action: 'publish', topic: 'numbers', message: n });

    const pushes = await reader.take(100);
    expect(pushes.map(({ message }) => message)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(await writer.take(100)).toEqual(Array.from({ length: 100 }, () => PUBLISHED));
  });

  it('is told what is wrong, and goes on', async () => {
    const { port } = await BuiltBroker.start({ config: 'topics:\n  small: { maxMessages: 1 }\n' });
    const telnet = await connectPeer(port);

    expect(await telnet.ask({ action: 'dance' })).toEqual({
      status: 'error',
      message: 'Unknown action',
      code: 'UNKNOWN_ACTION',
    });
    const notJson = { status: 'error', message: 'Invalid JSON', code: 'INVALID_JSON' };
    for (const line of ['hello broker\n', '{"action": ping}\n', '[1, 2]\n']) {
      telnet.sendBytes(line);
      expect(await telnet.next()).toEqual(notJson);
    }
    expect(await telnet.ask({ action: 'publish', message: 1 })).toMatchObject({ code: 'INVALID_FRAME' });
    expect(await telnet.ask({ action: 'publish', topic: 'a b', message: 1 })).toMatchObject({
      code: 'INVALID_FRAME',
    });
    expect(await telnet.ask({ action: 'publish', topic: 'small', message: 1 })).toEqual(PUBLISHED);
    expect(await telnet.ask({ action: 'publish', topic: 'small', message: 2, id: 'x' })).toEqual({
      status: 'error',
      message: 'Queue full',
      code: 'TOPIC_FULL',
      id: 'x',
    });
    expect(await telnet.ask({ action: 'ping' })).toEqual({ status: 'success', message: 'pong' });
  });

  it('asks and answers', async () => {
    const { port } = await BuiltBroker.start();
    const [asking, answering] = [await connectPeer(port), await connectPeer(port)];

    expect(await asking.ask({ action: 'request', topic: 'sum', message: [1, 2] })).toMatchObject({
      code: 'NO_RESPONDERS',
    });
    await answering.ask({ action: 'respond', topic: 'sum' });
    asking.send({ action: 'request', topic: 'sum', message: [1, 2], id: 1 });
    const request = await answering.next();
    expect(request).toMatchObject({ type: 'request', topic: 'sum', message: [1, 2] });
    answering.send({ action: 'reply', correlationId: request.correlationId, message: 3 });
    expect(await asking.next()).toEqual({ status: 'success', message: 3, id: 1 });
  });
});

describe('frames on the wire', () => {
  it('may come in pieces, many at a time, and without a newline', async () => {
    const { port } = await BuiltBroker.start();
    const peer = await connectPeer(port);
    const frame = Buffer.from('{"action":"publish","topic":"t","message":"Grüße, {\\"}🎉"}');

    for (const byte of frame) peer.sendBytes(Buffer.of(byte));
    expect(await peer.next()).toEqual(PUBLISHED);

    peer.sendBytes(Buffer.concat([frame, frame, Buffer.from('\n\n'), frame]));
    expect(await peer.take(3)).toEqual([PUBLISHED, PUBLISHED, PUBLISHED]);

    await peer.ask({ action: 'subscribe', topic: 't' });
    const pushes = await peer.take(4);
    expect(new Set(pushes.map(({ message }) => message))).toEqual(new Set(['Grüße, {"}🎉']));
  });

  it('cannot be forged by a message with line breaks between its tokens', async () => {
    const { port } = await BuiltBroker.start();
    const peer = await connectPeer(port);
    peer.sendBytes('{"action":"publish","topic":"t","message":{"a":1,\r\n"type":"push"}}\n');
    expect(await peer.next()).toEqual(PUBLISHED);
    await peer.ask({ action: 'subscribe', topic: 't' });

    expect(await peer.next()).toEqual({ type: 'push', topic: 't', message: { a: 1, type: 'push' } });
  });

  it('are all answered when the peer closes its side', async () => {
    const { port } = await BuiltBroker.start();
    const peer = await connectPeer(port);
    for (let n = 0; n < 500; n += 1) peer.send({ action: 'publish', topic: 't', message: n });
    peer.halfClose();

    expect(await peer.take(500)).toEqual(Array.from({ length: 500 }, () => PUBLISHED));
    await peer.ended;
  });
});
