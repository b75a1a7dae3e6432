import { cleanUp } from './cleanup';
import { FakePeer } from './fake-peer';
import { startBroker } from './start-broker';

describe('FakePeer', () => {
  afterEach(cleanUp);

  it('says what came so far when the wait is over, and when the connection ends', async () => {
    const broker = await startBroker();
    const peer = await FakePeer.connect(broker, 30);
    await peer.ask({ action: 'ping' });
    await expect(peer.next()).rejects.toThrow(/a line did not come within 30 ms; 1 lines came.*pong/);
    await broker.stop();
    await expect(peer.next()).rejects.toThrow(/connection ended before a line came/);
  });

  it('finds the broker on the same port with the same data after a restart', async () => {
    const broker = await startBroker({ engine: 'lmdb' });
    const before = await FakePeer.connect(broker);
    await before.ask({ action: 'publish', topic: 't', message: 'kept' });
    await broker.restart();
    await before.closed;
    const after = await FakePeer.connect(broker);
    expect(await after.ask({ action: 'get', topic: 't' })).toMatchObject({ message: 'kept' });
  });
});
