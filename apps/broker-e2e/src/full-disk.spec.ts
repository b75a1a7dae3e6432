import { BuiltBroker } from './kit/built-broker';
import { connectPeer } from './kit/clients';
import { SmallDisk } from './kit/folders';

const config = 'defaults: { maxMessages: 1000000 }\n';
const text = 'x'.repeat(50_000);

it('a full disk refuses publishes, keeps what is there readable, and is forgotten when space returns', async () => {
  const disk = new SmallDisk('size=16m');
  const broker = await BuiltBroker.start({ config, dataDir: disk.folder });
  const peer = await connectPeer(broker.port);

  let stored = 0;
  let answer = await peer.ask({ action: 'publish', topic: 't', message: { n: stored, text } });
  while (answer.status === 'success') {
    stored += 1;
    answer = await peer.ask({ action: 'publish', topic: 't', message: { n: stored, text } });
  }
  expect(answer).toMatchObject({ status: 'error', code: 'STORAGE_FULL' });
  expect(stored).toBeGreaterThan(50);

  // Reads go on, for old and new connections, and so do other things.
  const reader = await connectPeer(broker.port);
  await reader.ask({ action: 'subscribe', topic: 't' });
  const history = await reader.take(stored);
  expect(history.map(({ message }) => message.n)).toEqual(history.map((_, n) => n));
  expect(await peer.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });

  // Also after a restart that finds the disk full.
  await broker.killAtOnce();
  await broker.start();
  const again = await connectPeer(broker.port);
  await again.ask({ action: 'subscribe', topic: 't' });
  expect(await again.take(stored)).toEqual(history);
  again.send({ action: 'publish', topic: 't', message: { n: stored, text } });
  expect(await again.next()).toMatchObject({ status: 'error', code: 'STORAGE_FULL' });

  disk.change('size=64m');
  again.send({ action: 'publish', topic: 't', message: { n: stored } });
  expect(await again.take(2)).toMatchObject([{ message: 'Published' }, { message: { n: stored } }]);

  // Nothing that was refused was stored, and nothing that was confirmed is lost.
  await broker.killAtOnce();
  await broker.start();
  const late = await connectPeer(broker.port);
  await late.ask({ action: 'publish', topic: 't', message: { n: stored + 1 } });
  await late.ask({ action: 'subscribe', topic: 't' });
  const all = await late.take(stored + 2);
  expect(all.map(({ message }) => message.n)).toEqual(all.map((_, n) => n));
});

it('a disk that is full from the start is named as the reason not to start', async () => {
  const disk = new SmallDisk('size=4k');
  const broker = await BuiltBroker.prepare({ dataDir: disk.folder });

  expect(await broker.launch().exit).toEqual({ code: 1, signal: null });
  expect(broker.process.said).toContain(`No space left in the data folder ${disk.folder}`);
});
