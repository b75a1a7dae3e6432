import { startBroker } from '@pochta/testing';
import { payloadOf } from '../cases';
import { fanOut } from './fan-out';

it.each(['pochta: JSON lines', 'pochta: binary'] as const)(
  'finds every message confirmed and delivered to every subscriber (%s)',
  async (wire) => {
    const broker = await startBroker({
      topics: { bench: { maxMessages: 1_000_000, overflow: 'drop-oldest' } },
    });
    const result = await fanOut({
      kind: 'fan-out',
      port: broker.port,
      wire,
      traffic: { topic: 'bench', payload: payloadOf(100), subscribers: 2, burst: 100, limit: 1_000_000 },
      window: 1000,
      warmUpMs: 50,
      measureMs: 100,
    });
    await broker.stop();
    expect(result.published).toBeGreaterThanOrEqual(1000);
  },
);
