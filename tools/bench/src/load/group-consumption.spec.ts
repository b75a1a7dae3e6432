import { cleanUp, startBroker } from '@pochta/testing';
import { payloadOf } from '../cases';
import { groupForm } from '../contenders/pochta';
import { fill } from './fill';
import { consumeBacklog, consumeLive } from './group-consumption';

const form = groupForm('group', payloadOf(100), 1000);
const topics = {
  group: { maxMessages: 5000, overflow: 'reject' },
  queue: { maxMessages: 100_000, retention: 'work-queue' },
} as const;
const times = { warmUpMs: 50, measureMs: 200 };

afterEach(cleanUp);

it.each(['memory', 'lmdb'] as const)(
  'acks all that is published, in a topic that fills up (%s)',
  async (engine) => {
    const { port } = await startBroker({ engine, topics });
    const plan = { kind: 'group', port, form, window: 2000, burst: 100, ...times } as const;
    const { acked, published, ackedPerSecond } = await consumeLive(plan);
    expect(acked).toBe(published);
    expect(ackedPerSecond).toBeGreaterThan(1000);
  },
);

it('consumes a backlog from its beginning to its end', async () => {
  const { port } = await startBroker({ engine: 'lmdb', topics });
  expect(await consumeBacklog({ kind: 'backlog', port, form, messages: 5000 })).toBeGreaterThan(1000);
});

it('leaves a work queue as long as it was, so that the same plan can be run again', async () => {
  const { port } = await startBroker({ engine: 'lmdb', topics });
  const queue = groupForm('queue', payloadOf(100), 1000);
  await fill({ kind: 'fill', port, publish: [queue.publish], confirm: queue.confirm, messages: 1000 });
  const plan = { kind: 'group', port, form: queue, window: 1000, burst: 100, ...times } as const;
  for (let run = 0; run < 2; run++) {
    const { acked, published } = await consumeLive(plan);
    expect(acked).toBeGreaterThanOrEqual(published);
    expect(acked).toBeLessThanOrEqual(published + 1000);
  }
});
