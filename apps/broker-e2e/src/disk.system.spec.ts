import type { FakePeer } from '@pochta/testing';
import { BuiltBroker, SmallDisk } from '@pochta/testing/processes';
import { connectPeer } from './kit/clients';
import { complaint } from './kit/complaint';

const config = 'defaults: { maxMessages: 1000000 }\n';
const TEXT = 'x'.repeat(50_000);

/** Publishes numbered messages until one is refused; returns the number of that one. */
async function fill(peer: FakePeer, first: number): Promise<number> {
  for (let n = first; ; n += 1) {
    const answer = await peer.ask({ action: 'publish', topic: 't', message: { n, text: TEXT } });
    if (answer.status === 'success') continue;
    expect(answer).toMatchObject({ status: 'error', code: 'STORAGE_FULL' });
    return n;
  }
}

/** Expects a new connection to be given the messages from 0 up to, but without, the number. */
async function expectReadable(broker: BuiltBroker, end: number): Promise<void> {
  const reader = await connectPeer(broker.port);
  await reader.ask({ action: 'subscribe', topic: 't' });
  const history = await reader.take(end);
  expect(history.map(({ message }) => message)).toMatchObject(history.map((_, n) => ({ n })));
}

it('a full disk refuses publishes, keeps what is there readable, and is forgotten when space returns', async () => {
  const disk = new SmallDisk('size=16m');
  const broker = await BuiltBroker.start({ config, dataDir: disk.folder });
  const early = await connectPeer(broker.port);
  const stored = await fill(early, 0);
  expect(stored).toBeGreaterThan(50);
  await expectReadable(broker, stored);
  expect(await early.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });

  // Also after a restart that finds the disk full.
  await broker.killAtOnce();
  await broker.start();
  const late = await connectPeer(broker.port);
  const full = await fill(late, stored);
  await expectReadable(broker, full);

  disk.change('size=64m');
  for (let n = full; n < full + 10; n += 1) {
    const answer = await late.ask({ action: 'publish', topic: 't', message: { n, text: TEXT } });
    expect(answer).toMatchObject({ message: 'Published' });
  }

  // Nothing that was refused was stored, and nothing that was confirmed is lost.
  await broker.killAtOnce();
  await broker.start();
  await expectReadable(broker, full + 10);
  const last = await connectPeer(broker.port);
  await last.ask({ action: 'subscribe', topic: 't', from: 'last' });
  expect(await last.next()).toMatchObject({ message: { n: full + 9 } });
});

it('a disk that is full from the start is named as the reason not to start', async () => {
  const disk = new SmallDisk('size=4k');
  const said = await complaint(await BuiltBroker.prepare({ dataDir: disk.folder }));
  expect(said).toContain(`No space left in the data folder ${disk.folder}`);
});

it('a disk that cannot be written is named as the reason not to start', async () => {
  const disk = new SmallDisk('size=8m,ro');
  expect(await complaint(await BuiltBroker.prepare({ dataDir: disk.folder }))).toContain(disk.folder);
});
