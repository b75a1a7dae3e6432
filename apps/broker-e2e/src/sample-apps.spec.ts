import { builtApp, BuiltBroker, RunningProcess, startApp } from '@pochta/testing/processes';
import { connectPeer } from './kit/clients';

const CLEAN = { code: 0, signal: null };

async function interrupted(app: RunningProcess) {
  app.signal('SIGINT');
  return app.exit;
}

describe.each(['producer', 'consumer', 'chat'] as const)('the %s', (name) => {
  const start = (port: number) => startApp(name, port, ...(name === 'chat' ? ['--user=alice'] : []));

  it('explains itself', async () => {
    const app = startApp(name, 1, '--help');
    expect(await app.exit).toEqual(CLEAN);
    expect(app.stdout.text).toContain(`npx nx serve ${name}`);
  });

  it('says what is wrong with its arguments', async () => {
    const app = startApp(name, 1, '--colour=red');
    expect(await app.exit).toEqual({ code: 2, signal: null });
    expect(app.stderr.text).toContain("Unknown option '--colour'");
    expect(app.stderr.text).toContain('Options: --help\n');
  });

  it('says how to get help through Nx, which keeps a plain --help for itself', async () => {
    const env = { NX_TASK_TARGET_TARGET: 'serve' };
    const app = new RunningProcess(process.execPath, [builtApp(name), '--colour=red'], { env });
    await app.exit;
    expect(app.stderr.text).toContain(`Options: npx nx serve ${name} -- --help\n`);
  });

  it('says that its host cannot be found, and waits', async () => {
    const tooLong = 'x'.repeat(64); // so that no name server is asked
    const app = startApp(name, 1, `--host=${tooLong}`, ...(name === 'chat' ? ['--user=alice'] : []));
    await app.stderr.until(`The host ${tooLong} cannot be found`);
    expect(await interrupted(app)).toEqual(CLEAN);
  });

  it('says that no broker is there, and waits for one', async () => {
    const broker = await BuiltBroker.prepare();
    const app = start(broker.port);
    await app.stderr.until(`No broker at localhost:${broker.port} yet`);
    await app.stderr.until(`npx nx serve broker --port=${broker.port}\n`);
    // What is typed now is sent, so the chat says that it is.
    expect(app.stderr.text.includes('What you type is sent')).toBe(name === 'chat');
    const greeting = { producer: 'Publishing to', consumer: 'Reading', chat: 'You are alice' }[name];
    expect(app.said).not.toContain(greeting);

    await broker.start();
    await (name === 'chat' ? app.stdout : app.stderr).until(greeting);
    expect(await interrupted(app)).toEqual(CLEAN);
  });

  it('ends with Ctrl+C while it waits for a broker', async () => {
    const app = start((await BuiltBroker.prepare()).port);
    await app.stderr.until('No broker');
    expect(await interrupted(app)).toEqual(CLEAN);
  });

  it('ends with Ctrl+C after the broker has gone', async () => {
    const broker = await BuiltBroker.start();
    const app = start(broker.port);
    const told = name === 'chat' ? app.stdout : app.stderr;
    await told.until(/Ctrl\+C ends it|quit leaves/);
    await broker.killAtOnce();
    await told.until(/is gone/);
    expect(await interrupted(app)).toEqual(CLEAN);
  });
});

describe('the producer', () => {
  it('publishes numbered greetings, stamped in seconds', async () => {
    const broker = await BuiltBroker.start();
    const producer = startApp('producer', broker.port, '--count=3', '--rate=100');
    expect(await producer.exit).toEqual(CLEAN);

    const reader = await connectPeer(broker.port);
    await reader.ask({ action: 'subscribe', topic: 'test_topic' });
    const messages = (await reader.take(3)).map(({ message }) => message);
    expect(messages).toEqual(
      [0, 1, 2].map((id) => ({ id, text: `Hello ${id}`, timestamp: expect.any(Number) })),
    );
    expect(producer.stdout.text).toBe(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  });

  it('publishes as many as are wanted to the topic that is wanted', async () => {
    const broker = await BuiltBroker.start({ config: 'defaults: { maxMessages: 10000 }\n' });
    const producer = startApp('producer', broker.port, '--topic=other', '--count=5003', '--rate=100000');
    expect(await producer.exit).toEqual(CLEAN);
    expect(producer.stderr.text).toContain('5003 published.');

    const reader = await connectPeer(broker.port);
    await reader.ask({ action: 'subscribe', topic: 'other' });
    const ids = (await reader.take(5003)).map(({ message }) => (message as { id: number }).id);
    expect(ids).toEqual(Array.from({ length: 5003 }, (_, id) => id));
  });

  it('says what can be done about a full topic, and goes on once there is room', async () => {
    const broker = await BuiltBroker.start({ config: 'topics:\n  test_topic: { maxMessages: 2 }\n' });
    const producer = startApp('producer', broker.port, '--count=3', '--rate=1000');
    await producer.stderr.until('drop-oldest');
    expect(producer.stderr.text).toContain('test_topic is full');
    expect(producer.stderr.text).toContain('--get');
    expect(producer.stderr.text).toContain('maxMessages');

    const consumer = startApp('consumer', broker.port, '--get');
    expect(await consumer.exit).toEqual(CLEAN);
    expect(JSON.parse(consumer.stdout.text)).toMatchObject({ id: 0 });

    await producer.stderr.until('takes messages again');
    expect(await producer.exit).toEqual(CLEAN);
    expect(producer.stdout.text).toContain('"id":2');
  });

  it('goes on after a restart of the broker without leaving a number out', async () => {
    const broker = await BuiltBroker.start();
    const producer = startApp('producer', broker.port, '--rate=100', '--count=200');
    await producer.stdout.until('"id":50');
    await broker.killAtOnce();
    await broker.start();
    expect(await producer.exit).toEqual(CLEAN);
    expect(producer.stderr.text).toContain('The broker is back.');

    const reader = await connectPeer(broker.port);
    await reader.ask({ action: 'subscribe', topic: 'test_topic' });
    const ids = (await reader.take(200)).map(({ message }) => (message as { id: number }).id);
    expect(ids).toEqual(Array.from({ length: 200 }, (_, id) => id));
  });
});

describe('the consumer', () => {
  it('takes one message, and says when there is none', async () => {
    const broker = await BuiltBroker.start();
    const publisher = await connectPeer(broker.port);
    await publisher.ask({ action: 'publish', topic: 'test_topic', message: 'only' });

    const first = startApp('consumer', broker.port, '--get');
    expect(await first.exit).toEqual(CLEAN);
    expect(first.stdout.text).toBe('"only"\n');

    const second = startApp('consumer', broker.port, '--get');
    expect(await second.exit).toEqual(CLEAN);
    expect(second.stdout.text).toBe('');
    expect(second.stderr.text).toContain('No messages in test_topic.');
  });

  it('announces messages that were dropped while it was away', async () => {
    const config = 'topics:\n  test_topic: { maxMessages: 10, overflow: drop-oldest }\n';
    const broker = await BuiltBroker.start({ config });
    const consumer = startApp('consumer', broker.port);
    const publish = async (from: number, to: number, port: number) => {
      const publisher = await connectPeer(port);
      for (let n = from; n <= to; n += 1) {
        await publisher.ask({ action: 'publish', topic: 'test_topic', message: n });
      }
    };
    await publish(1, 3, broker.port);
    await consumer.stdout.until('3\n');
    await broker.stop();

    // On another port, so that the consumer cannot come back while messages are dropped.
    const elsewhere = await BuiltBroker.start({ config, dataDir: broker.dataDir });
    await publish(4, 53, elsewhere.port);
    await elsewhere.stop();
    await broker.start();

    await consumer.stdout.until('53\n');
    expect(consumer.stderr.text).toContain('(test_topic: messages 4 to 43 are missing: overflow)');
    expect(consumer.stdout.text).toBe(
      [1, 2, 3, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53].map((n) => `${n}\n`).join(''),
    );
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const broker = await BuiltBroker.start();
    const consumer = startApp('consumer', broker.port);
    await consumer.stderr.until('Reading');
    consumer.closeOutput();
    const publisher = await connectPeer(broker.port);
    await publisher.ask({ action: 'publish', topic: 'test_topic', message: 'unread' });

    expect(await consumer.exit).toEqual(CLEAN);
    expect(consumer.stderr.text).not.toContain('EPIPE');
  });
});
