import { batchOf, cleanUp, RecordingOutlet, startBroker } from '@pochta/testing';
import type { DeliveryObserver } from './delivery-observer';

describe('an observer of deliveries', () => {
  afterEach(cleanUp);

  it('hears what is handed to members, and what they settle', async () => {
    const heard: unknown[] = [];
    const observer: DeliveryObserver = {
      onDelivered: (delivered) => void heard.push(delivered),
      onSettled: (settlement) => void heard.push(settlement),
    };
    const { server } = await startBroker({ engine: 'lmdb', observer, drainTimeout: 0 });
    const outlet = new RecordingOutlet();
    const connection = server.broker.connect(outlet, { name: 'member' });
    await connection.publish('t', batchOf(1, 2, 3));
    (await connection.subscribe({ topic: 't', group: { name: 'g' } })).start();
    await outlet.received(3);
    const of = { topic: 't', group: 'g' };
    await connection.settle({ action: 'ack', ...of, sequences: [1] });
    await connection.transact([{ kind: 'ack', ...of, sequences: [2] }]);
    await connection.settle({ action: 'nack', ...of, sequences: [3], delay: 0 });
    await expect(connection.settle({ action: 'ack', ...of, sequences: [1] })).rejects.toThrow();
    await outlet.delivered(3, 2);
    expect(heard).toEqual([
      { ...of, firstSequence: 1, count: 3, deliveryCount: 1 },
      { action: 'ack', ...of, sequences: [1] },
      { action: 'ack', ...of, sequences: [2] },
      { action: 'nack', ...of, sequences: [3], delay: 0 },
      { ...of, firstSequence: 3, count: 1, deliveryCount: 2 },
    ]);
  });
});
