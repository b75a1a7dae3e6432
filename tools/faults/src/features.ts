import { AUDITOR } from './history/history';
import type { BrokerUnderTest } from './broker/broker-under-test';
import type { Features } from './plan/round-plan';
import type { Answer } from './wire/frames';
import { Peer } from './wire/peer';

const TOPIC = 'probe';

/** Asks a broker what it can do. It runs afterwards no more. */
export async function probeFeatures(broker: BrokerUnderTest, durable: boolean): Promise<Features> {
  await broker.start();
  const ignore = () => undefined;
  const listener = { onPush: ignore, onGap: ignore, onClosed: ignore, onNonsense: ignore };
  const peer = await Peer.connect(broker.port, 0, listener);
  const can = async (frame: { readonly action: string }): Promise<boolean> => {
    const { status, code, message } = await new Promise<Answer>((resolve) => peer.send(frame, resolve));
    if (status === 'error' && code !== 'NOT_SUPPORTED')
      throw new Error(`the broker answered ${String(message)}`);
    return status === 'success';
  };
  const publish = { action: 'publish', ...{ topic: TOPIC, message: { m: AUDITOR } } };
  try {
    return {
      durable,
      times: await can({ ...publish, ...{ delay: 1, ttl: 1000 } }),
      groups: await can({ action: 'subscribe', ...{ topic: TOPIC, group: 'probe' } }),
      transactions: await can({ action: 'transaction', ...{ operations: [publish] } }),
    };
  } finally {
    peer.close();
    await broker.kill();
  }
}
