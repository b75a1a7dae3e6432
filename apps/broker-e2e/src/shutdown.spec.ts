import { SlowPeer, type AnyFrame } from '@pochta/testing';
import { freePort } from '@pochta/testing/ports';
import { afterThisTest, BuiltBroker, temporaryFolder } from '@pochta/testing/processes';
import { connectPeer } from './kit/clients';
import { PseudoTerminal } from './kit/pseudo-terminal';

const config = 'defaults: { maxMessages: 200000 }\n';

it.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends the broker with exit code 0, and loses nothing that was confirmed',
  async (signal) => {
    const broker = await BuiltBroker.start({ config });
    const publisher = await connectPeer(broker.port);
    for (let n = 0; n < 50_000; n += 1) publisher.send({ action: 'publish', topic: 't', message: n });
    const answers = await publisher.take(1000);
    broker.process.signal(signal);
    expect(await broker.process.exit).toEqual({ code: 0, signal: null });

    await publisher.ended;
    answers.push(...publisher.untaken.map((line) => JSON.parse(line) as AnyFrame));
    const confirmed = answers.filter(({ status }) => status === 'success').length;

    await broker.start();
    const reader = await connectPeer(broker.port);
    await reader.ask({ action: 'publish', topic: 't', message: 'end' });
    await reader.ask({ action: 'subscribe', topic: 't' });
    const stored = await reader.until(({ message }) => message === 'end');
    stored.pop();
    // And in an orderly end, everything that was stored was also confirmed.
    expect(stored.map(({ message }) => message)).toEqual(Array.from({ length: confirmed }, (_, n) => n));
  },
);

it('a second Ctrl+C ends the broker at once', async () => {
  // A peer that leaves its answers unread for as long as it takes holds up the end.
  const broker = await BuiltBroker.start({ config, env: { POCHTA_STOP_TIMEOUT: '600000' } });
  const peer = await connectPeer(broker.port);
  for (let n = 0; n < 20; n += 1)
    await peer.ask({ action: 'publish', topic: 't', message: 'x'.repeat(900_000) });
  const slow = await SlowPeer.connect({ port: broker.port });
  afterThisTest(() => slow.destroy());
  for (let n = 0; n < 20; n += 1) slow.send({ action: 'get', topic: 't' });
  await peer.ask({ action: 'subscribe', topic: 't' });

  broker.process.signal('SIGINT');
  await peer.ended;
  broker.process.signal('SIGINT');
  expect(await broker.process.exit).toEqual({ code: 130, signal: null });
});

it('a peer that is connected when the broker ends is hung up on', async () => {
  const broker = await BuiltBroker.start();
  const peer = await connectPeer(broker.port);
  await peer.ask({ action: 'ping' });
  expect(await broker.stop()).toEqual({ code: 0, signal: null });
  await peer.ended;
});

it('npx nx serve broker ends with Ctrl+C', async () => {
  const [port, data] = [await freePort(), temporaryFolder()];
  const env = { POCHTA_HTTP_PORT: `${await freePort()}` };
  const terminal = new PseudoTerminal(
    'npx',
    ['nx', 'serve', 'broker', `--port=${port}`, `--data=${data}`],
    env,
  );
  await terminal.untilRow(/Broker listens on/);
  const peer = await connectPeer(port);
  expect(await peer.ask({ action: 'publish', topic: 't', message: 1 })).toMatchObject({
    message: 'Published',
  });
  terminal.type('\x03');

  expect(await terminal.exit).toBe(0);
});
