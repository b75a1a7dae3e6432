import { cleanUp, startBroker } from '@pochta/testing';
import { payloadOf } from '../cases';
import { CONFIRM, publishFrame } from '../wires/pochta-json-lines';
import { fill } from './fill';
import { consumeBacklog, consumeLive } from './group-consumption';

const traffic = { topic: 'group', payload: payloadOf(100), burst: 100, subscribers: 0, limit: 5000 };
const topics = {
  group: { maxMessages: 5000, overflow: 'reject' },
  queue: { maxMessages: 100_000, retention: 'work-queue' },
} as const;
const times = { warmUpMs: 50, measureMs: 200 };

afterEach(cleanUp);

const CASES = (['memory', 'lmdb'] as const).flatMap((engine) =>
  (['pochta: JSON lines', 'pochta: binary'] as const).map((wire) => ({ engine, wire })),
);

it.each(CASES)('acks all that is published, in a topic that fills up ($engine, $wire)', async (each) => {
  const { engine, wire } = each;
  const { port } = await startBroker({ engine, topics });
  const plan = { kind: 'group', port, wire, traffic, prefetch: 1000, window: 2000, ...times } as const;
  const { acked, published, ackedPerSecond } = await consumeLive(plan);
  expect(acked).toBe(published);
  expect(ackedPerSecond).toBeGreaterThan(1000);
});

it.each(CASES)('consumes a backlog from its beginning to its end ($engine, $wire)', async (each) => {
  const { engine, wire } = each;
  const { port } = await startBroker({ engine, topics });
  const plan = { kind: 'backlog', port, wire, traffic, prefetch: 1000, messages: 5000 } as const;
  expect(await consumeBacklog(plan)).toBeGreaterThan(1000);
});

it('leaves a work queue as long as it was, so that the same plan can be run again', async () => {
  const { port } = await startBroker({ engine: 'lmdb', topics });
  const publish = [publishFrame('queue', payloadOf(100))];
  await fill({ kind: 'fill', port, publish, confirm: CONFIRM, messages: 1000 });
  const queue = { ...traffic, topic: 'queue', limit: 100_000 };
  const work = { port, wire: 'pochta: JSON lines', traffic: queue, prefetch: 1000, window: 1000 } as const;
  for (let run = 0; run < 2; run++) {
    const { acked, published } = await consumeLive({ kind: 'group', ...work, ...times });
    expect(acked).toBeGreaterThanOrEqual(published);
    expect(acked).toBeLessThanOrEqual(published + 1000);
  }
});
