import { join } from 'node:path';
import { BuiltBroker, RunningProcess } from '@pochta/testing/processes';
import { NaiveClient } from './kit/naive-client';

const run = (role: string, port: number) =>
  new RunningProcess('python3', [join(__dirname, 'teaching-client.py'), role, `${port}`]);
const outputOf = async (client: RunningProcess) => {
  expect([await client.exit, client.stderr.text]).toEqual([{ code: 0, signal: null }, '']);
  return client.stdout.text.trimEnd().split('\n');
};

describe('a client written in Python', () => {
  it('publishes to and gets from the simple port', async () => {
    const { simplePort } = await BuiltBroker.start();
    expect(await outputOf(run('producer', simplePort))).toEqual(Array(3).fill('{"status": "ok"}'));
    expect(await outputOf(run('getter', simplePort))).toEqual([
      ...[0, 1, 2].map((n) => `{"status": "ok", "data": ${n}}`),
      '{"status": "no_messages"}',
    ]);
  });

  it('takes each read for a message', async () => {
    const { simplePort } = await BuiltBroker.start();
    const consumer = run('consumer', simplePort);
    await consumer.stdout.until('subscribed');
    const publisher = await NaiveClient.connect(simplePort, 100);
    for (const message of [0, 1, 2]) {
      await publisher.ask({ action: 'publish', topic: 'lesson', message });
      await consumer.stdout.until(`"data": ${message}`);
    }
    expect(await outputOf(consumer)).toHaveLength(4);
  });

  it('sends, gets and listens in the shorthand', async () => {
    const { port } = await BuiltBroker.start();
    const listener = run('listener', port);
    await listener.stdout.until('listening');
    expect(await outputOf(run('sender', port))).toEqual([
      '{"status": "sent"}',
      '{"messages": ["Gr\\u00fc\\u00dfe"]}',
    ]);
    expect(await outputOf(listener)).toEqual([
      '{"status": "listening"}',
      '{"new_message": "Gr\\u00fc\\u00dfe"}',
    ]);
  });
});
