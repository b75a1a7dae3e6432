import type { AnyFrame } from '@pochta/testing';
import { BuiltBroker } from '@pochta/testing/processes';
import { connectClient, connectPeer } from './kit/clients';
import { CuttingProxy } from './kit/cutting-proxy';
import { publishNumbers, receiveNumbers } from './kit/numbers';

const COUNT = 100_000;
const config = 'defaults: { maxMessages: 200000 }\n';

describe(`${COUNT} confirmed publishes`, () => {
  it('all survive kill -9, and a consumer resumes by itself with no gap and no repeat', async () => {
    const broker = await BuiltBroker.start({ config });
    const [publisher, consumer] = [await connectClient(broker.port), await connectClient(broker.port)];
    const killAt = new Set([20_000, 50_000, 80_000]);
    const kills: Promise<void>[] = [];

    const received = receiveNumbers(consumer, 'numbers', COUNT);
    await Promise.all([
      received,
      publishNumbers(publisher, 'numbers', COUNT, (confirmed) => {
        if (killAt.has(confirmed)) kills.push(broker.killAtOnce().then(() => broker.start()));
      }),
    ]);
    await Promise.all(kills);

    expect(kills).toHaveLength(killAt.size);
    await broker.killAtOnce();
    await broker.start();
    await receiveNumbers(await connectClient(broker.port), 'numbers', COUNT);
  });

  it('come through many cut connections once each', async () => {
    const broker = await BuiltBroker.start({ config });
    const proxy = await CuttingProxy.start(broker.port, [100_001, 40_013, 257_777, 20_007, 151_111]);
    const [publisher, consumer] = [await connectClient(proxy.port), await connectClient(proxy.port)];

    await Promise.all([
      receiveNumbers(consumer, 'numbers', COUNT),
      publishNumbers(publisher, 'numbers', COUNT),
    ]);

    expect(proxy.cuts).toBeGreaterThan(20);
    await receiveNumbers(await connectClient(broker.port), 'numbers', COUNT);
  });
});

it('what a bare socket was told is published is there after kill -9', async () => {
  const broker = await BuiltBroker.start({ config });
  const publisher = await connectPeer(broker.port);
  const published = { status: 'success', message: 'Published' };
  for (let n = 0; n < 20_000; n += 1) publisher.send({ action: 'publish', topic: 't', message: n });
  const confirms = await publisher.take(5000);
  await broker.killAtOnce();
  await publisher.ended;
  confirms.push(...publisher.untaken.map((line) => JSON.parse(line) as AnyFrame));
  expect(confirms).toEqual(confirms.map(() => published));

  await broker.start();
  const reader = await connectPeer(broker.port);
  await reader.ask({ action: 'publish', topic: 't', message: 'end' });
  await reader.ask({ action: 'subscribe', topic: 't' });
  const stored = await reader.until(({ message }) => message === 'end');
  stored.pop();

  // More may be stored than was confirmed, but no message without those before it.
  expect(stored.map(({ message }) => message)).toEqual(stored.map((_, n) => n));
  expect(stored.length).toBeGreaterThanOrEqual(confirms.length);
});
