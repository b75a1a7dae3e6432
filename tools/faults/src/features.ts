import type { BrokerUnderTest } from './broker/broker-under-test';
import { AUDITOR } from './history/history';
import type { Features } from './plan/round-plan';
import type { Answer, Request } from './wire/frames';
import { jsonLines } from './wire/json-lines';
import { Peer } from './wire/peer';

export type Engine = 'lmdb' | 'memory';

/** What the rounds ask of a broker, by its engine. Groups, delays and ttls are asked of all. */
export const ENGINE_FEATURES: Readonly<Record<Engine, Features>> = {
  lmdb: { durable: true, transactions: true },
  memory: { durable: false, transactions: false },
};

const TOPIC = 'probe';
const PUBLISH = { action: 'publish', topic: TOPIC, message: { m: AUDITOR } } as const;

/**
 * Throws when a broker cannot do what the rounds ask of it, or can do what they leave out. Starts it, and it runs
 * afterwards no more.
 */
export async function checkFeatures(broker: BrokerUnderTest, { transactions }: Features): Promise<void> {
  await broker.start();
  const ignore = () => undefined;
  const listener = { onPush: ignore, onGap: ignore, onClosed: ignore, onNonsense: ignore };
  const peer = await Peer.connect(broker.port, 0, jsonLines, listener);
  const check = async (what: string, expected: boolean, request: Request) => {
    const { status, code, message } = await new Promise<Answer>((resolve) => peer.send(request, resolve));
    if (status === 'success' ? expected : code === 'NOT_SUPPORTED' && !expected) return;
    const should = expected ? 'should be able to do' : 'should not be able to do';
    throw new Error(`the broker ${should} ${what}, and answered ${code ?? status}: ${String(message)}`);
  };
  try {
    await check('delays and ttls', true, { ...PUBLISH, delay: 1, ttl: 1000 });
    await check('consumer groups', true, { action: 'subscribe', topic: TOPIC, group: 'probe' });
    await check('transactions', transactions, { action: 'transaction', operations: [PUBLISH] });
  } finally {
    peer.close();
    await broker.kill();
  }
}
