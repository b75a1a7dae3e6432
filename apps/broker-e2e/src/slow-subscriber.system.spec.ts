import { FakePeer, SlowPeer } from '@pochta/testing';
import { afterThisTest, BuiltBroker } from '@pochta/testing/processes';
import { connectPeer } from './kit/clients';

const MEBIBYTE = 1024 * 1024;
const PAYLOAD = 256 * 1024;
const MESSAGES = (1024 * MEBIBYTE) / PAYLOAD;
/** Publishes that wait for their confirm; 4 MiB. */
const IN_FLIGHT = 16;

/** What a broker may use of its own while 1 GiB passes: with the subscriber's share in memory it would be far more. */
const BOUND = 300 * MEBIBYTE;

/** Publishes 1 GiB, and returns the most memory that the broker had at any confirm. */
async function publishGibibyte(broker: BuiltBroker, publisher: FakePeer, topic: string): Promise<number> {
  const frame = Buffer.from(`{"action":"publish","topic":"${topic}","message":"${'x'.repeat(PAYLOAD)}"}\n`);
  let most = 0;
  for (let sent = 0; sent < MESSAGES + IN_FLIGHT; sent += 1) {
    if (sent < MESSAGES) publisher.sendBytes(frame);
    if (sent < IN_FLIGHT) continue;
    expect(await publisher.next()).toEqual({ status: 'success', message: 'Published' });
    most = Math.max(most, broker.ownMemory);
  }
  return most;
}

it('a subscriber that never reads does not grow the memory of the broker, while 1 GiB is published', async () => {
  const broker = await BuiltBroker.start({
    config: 'topics:\n  flood: { maxMessages: 100, overflow: drop-oldest }\n',
  });
  const slow = await SlowPeer.connect({ port: broker.port }, { action: 'subscribe', topic: 'flood' });
  afterThisTest(() => slow.destroy());
  const publisher = await connectPeer(broker.port);

  expect(await publishGibibyte(broker, publisher, 'flood')).toBeLessThan(BOUND);

  // It was not thrown out for being slow: what it missed is announced, and then it has the newest.
  let seen = '';
  while (!/"type":"gap"/.test(seen)) seen = seen.slice(-100) + (await slow.read(1)).toString('latin1');
  expect(await publisher.ask({ action: 'ping' })).toMatchObject({ message: 'pong' });
});
