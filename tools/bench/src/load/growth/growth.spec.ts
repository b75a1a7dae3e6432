import { cleanUp, startBroker, type StartedBroker } from '@pochta/testing';
import { payloadOf } from '../../cases';
import { getForm } from '../../contenders/pochta';
import { CONFIRM, publishFrame } from '../../wires/pochta-json-lines';
import { confirmedPublish } from '../confirmed-publish';
import { Exchange } from '../exchange';
import { fill } from '../fill';
import { getRequests } from './get-requests';

const PAYLOAD = payloadOf(100);
const publish = publishFrame('growth', PAYLOAD);
const times = { warmUpMs: 20, measureMs: 100 };

afterEach(cleanUp);

async function filledBroker(messages: number): Promise<StartedBroker> {
  const broker = await startBroker({
    engine: 'lmdb',
    topics: { growth: { maxMessages: 1000, overflow: 'drop-oldest' } },
  });
  await fill({ kind: 'fill', port: broker.port, publish: [publish], confirm: CONFIRM, messages });
  return broker;
}

it('publishes into a full topic', async () => {
  const { port } = await filledBroker(1000);
  const traffic = { topic: 'growth', payload: PAYLOAD, burst: 100, subscribers: 0, limit: 1000 };
  const plan = { port, wire: 'pochta: JSON lines', traffic, window: 1000, ...times } as const;
  expect(await confirmedPublish({ kind: 'confirmed-publish', ...plan })).toBeGreaterThan(1000);
});

it('takes messages and puts as many back, so that the same plan can be run again', async () => {
  const { port } = await filledBroker(1000);
  const form = { ...getForm('growth', PAYLOAD), publish, confirm: CONFIRM };
  const plan = { kind: 'get-requests', port, ...form, inFlight: 64, round: 500, ...times } as const;
  expect(await getRequests(plan)).toBeGreaterThan(100);
  expect(await getRequests({ ...plan, round: 1000 })).toBeGreaterThan(100);
});

it('ends with what the broker said when a topic holds less than it should', async () => {
  const { port } = await filledBroker(100);
  const form = { ...getForm('growth', PAYLOAD), publish, confirm: CONFIRM };
  const plan = { kind: 'get-requests', port, ...form, inFlight: 64, round: 500, ...times } as const;
  await expect(getRequests(plan)).rejects.toThrow('NO_MESSAGES');
});

it('ends with what the broker said when a topic takes no more', async () => {
  const { port } = await startBroker({ topics: { growth: { maxMessages: 10 } } });
  const plan = { kind: 'fill', port, publish: [publish], confirm: CONFIRM, messages: 1000 } as const;
  await expect(fill(plan)).rejects.toThrow('TOPIC_FULL');
});

it('ends when the broker goes away', async () => {
  const broker = await startBroker();
  const exchange = await Exchange.open(broker.port, CONFIRM);
  const answered = expect(exchange.untilAnswered(1)).rejects.toThrow('closed a connection');
  await Promise.all([answered, broker.stop()]);
});

it('spreads what it stores over all topics', async () => {
  const { port } = await startBroker({ topics: { 'spread.*': { maxMessages: 50 } } });
  const frames = ['spread.a', 'spread.b'].map((topic) => publishFrame(topic, PAYLOAD));
  await fill({ kind: 'fill', port, publish: frames, confirm: CONFIRM, messages: 100 });
});
