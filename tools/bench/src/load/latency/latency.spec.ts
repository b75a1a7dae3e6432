import { cleanUp, startBroker } from '@pochta/testing';
import type { LatencyClient } from './plan';
import { publishOnSchedule } from './publisher';
import { LatencySubscriber } from './subscriber';

afterEach(cleanUp);

it.each<LatencyClient>([
  { kind: 'raw', wire: 'pochta: JSON lines' },
  { kind: 'raw', wire: 'pochta: binary' },
  { kind: 'plain', client: '@pochta/client' },
])('takes the latency of every message behind the warm-up (%j)', async (client) => {
  const { port } = await startBroker({ engine: 'lmdb' });
  const run = { port, client, topic: 'ticks', payloadBytes: 100, perSecond: 1000, messages: 120, warmUp: 20 };
  const subscriber = await LatencySubscriber.open(run);
  const latencies = subscriber.latencies();
  const { sentLate, cpu } = await publishOnSchedule(run);
  const { p50, p99, p999, max } = await latencies;
  expect(p50).toBeGreaterThan(0);
  expect([p50, p99, p999, max]).toEqual([p50, p99, p999, max].sort((a, b) => a - b));
  // What was sent late came late.
  expect(max).toBeGreaterThan(sentLate.max);
  expect(cpu).toBeGreaterThan(0);
});
