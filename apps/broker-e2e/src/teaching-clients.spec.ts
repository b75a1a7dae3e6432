import { BuiltBroker } from '@pochta/testing/processes';
import { NaiveClient } from './kit/naive-client';

describe.each([100, 1024])('a client of the simple dialect that reads %d bytes at a time', (size) => {
  it('publishes and gets', async () => {
    const { simplePort } = await BuiltBroker.start();
    const client = await NaiveClient.connect(simplePort, size);

    expect(await client.ask({ action: 'get', topic: 'lesson' })).toBe('{"status": "no_messages"}');
    expect(await client.ask({ action: 'publish', topic: 'lesson', message: 'one' })).toBe('{"status": "ok"}');
    expect(await client.ask({ action: 'publish', topic: 'lesson', message: { n: 2, t: 'ü' } })).toBe(
      '{"status": "ok"}',
    );
    expect(await client.ask({ action: 'get', topic: 'lesson' })).toBe('{"status": "ok", "data": "one"}');
    expect(await client.ask({ action: 'get', topic: 'lesson' })).toBe(
      '{"status": "ok", "data": {"n": 2, "t": "\\u00fc"}}',
    );
    expect(await client.ask({ action: 'get', topic: 'lesson' })).toBe('{"status": "no_messages"}');
    expect(await client.ask({ action: 'dance' })).toBe('{"status": "error", "message": "Unknown action"}');
  });

  it('reads what a topic holds, then that it is subscribed, then each message as it comes', async () => {
    const { simplePort } = await BuiltBroker.start();
    const [writer, reader] = [
      await NaiveClient.connect(simplePort, size),
      await NaiveClient.connect(simplePort, size),
    ];
    const publish = (message: number) => writer.ask({ action: 'publish', topic: 'lesson', message });
    for (const n of [0, 1, 2]) await publish(n);

    reader.send({ action: 'subscribe', topic: 'lesson' });
    expect(await reader.readUntil('"subscribed"}')).toBe(
      [0, 1, 2].map((n) => `{"type": "message", "data": ${n}}`).join('') + '{"status": "subscribed"}',
    );
    for (const n of [3, 4, 5]) {
      await publish(n);
      expect(await reader.read()).toBe(`{"type": "message", "data": ${n}}`);
    }
  });

  it('is sent frames at least 10 ms apart, so that each read gets one', async () => {
    const { simplePort } = await BuiltBroker.start();
    const client = await NaiveClient.connect(simplePort, size);
    const count = 30;
    for (let n = 0; n < count; n += 1) await client.ask({ action: 'publish', topic: 'lesson', message: n });

    // Not the arrivals: a busy test could see them closer together than they were sent.
    const begin = performance.now();
    client.send({ action: 'subscribe', topic: 'lesson' });
    await client.readUntil('"subscribed"}');
    expect(performance.now() - begin).toBeGreaterThanOrEqual(10 * count);
  });
});

describe.each([100, 1024])('a client of the one-topic shorthand that reads %d bytes at a time', (size) => {
  it('sends, gets all without removing any, and listens', async () => {
    const { port } = await BuiltBroker.start();
    const [sender, listener] = [await NaiveClient.connect(port, size), await NaiveClient.connect(port, size)];

    expect(await sender.ask({ action: 'send', text: 'one' })).toBe('{"status": "sent"}');
    expect(await sender.ask({ action: 'send', text: 'zwölf' })).toBe('{"status": "sent"}');
    for (let again = 0; again < 2; again += 1) {
      expect(await sender.ask({ action: 'get' })).toBe('{"messages": ["one", "zw\\u00f6lf"]}');
    }
    expect(await listener.ask({ action: 'listen' })).toBe('{"status": "listening"}');
    for (const text of ['three', 'four']) {
      await sender.ask({ action: 'send', text });
      expect(await listener.read()).toBe(`{"new_message": "${text}"}`);
    }
  });

  it('hears its own message before it is told that it was sent', async () => {
    const { port } = await BuiltBroker.start();
    const client = await NaiveClient.connect(port, size);
    await client.ask({ action: 'listen' });

    client.send({ action: 'send', text: 'echo' });
    expect(await client.readUntil('"sent"}')).toBe('{"new_message": "echo"}{"status": "sent"}');
  });
});

describe('a client of the main port that never sends a newline', () => {
  it('is answered all the same, and finds the texts it looks for', async () => {
    const { port } = await BuiltBroker.start({ config: 'topics:\n  lesson: { maxMessages: 2 }\n' });
    const client = await NaiveClient.connect(port, 1024);
    const ask = (request: object) => client.ask(request);
    const publish = (message: unknown) => ask({ action: 'publish', topic: 'lesson', message });

    expect(await publish('one')).toBe('{"status":"success","message":"Published"}\n');
    expect(await publish('two')).toBe('{"status":"success","message":"Published"}\n');
    expect(await publish('three')).toContain('Queue full');
    expect(await ask({ action: 'get', topic: 'lesson' })).toBe('{"status":"success","message":"one"}\n');
    expect(await ask({ action: 'get', topic: 'lesson' })).toBe('{"status":"success","message":"two"}\n');
    expect(await ask({ action: 'get', topic: 'lesson' })).toContain('No messages');
    expect(await ask({ action: 'jump' })).toContain('Unknown action');
  });

  it('may send something that is no JSON, and go on', async () => {
    const { port } = await BuiltBroker.start();
    const client = await NaiveClient.connect(port, 1024);
    expect(await client.ask({ action: 'ping' })).toContain('pong');
    expect(await client.ask('not a frame')).toContain('Invalid JSON');
    expect(await client.ask({ action: 'ping' })).toContain('pong');
  });
});
