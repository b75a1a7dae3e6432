import { startBroker } from '@pochta/testing';
import { payloadOf } from '../cases';
import { pochta } from '../contenders/pochta';
import { fanOut } from './fan-out';

it('finds every message confirmed and delivered to every subscriber', async () => {
  const broker = await startBroker({
    topics: { bench: { maxMessages: 1_000_000, overflow: 'drop-oldest' } },
  });
  const result = await fanOut({
    kind: 'fan-out',
    port: broker.port,
    form: pochta('memory').wireForm(payloadOf(100)),
    subscribers: 2,
    window: 1000,
    burst: 100,
    warmUpMs: 50,
    measureMs: 100,
  });
  await broker.stop();
  expect(result.published).toBeGreaterThanOrEqual(1000);
});
