import { once } from 'node:events';
import type { Counter } from '../../wires/wire';
import { WIRES, type WireName } from '../../wires/wires';
import { PublishLoop } from '../publish-loop';
import { RawConnection } from '../raw-connection';

/** One publisher that goes around many topics, a message at a time. */
export interface SpreadPublishPlan {
  readonly port: number;
  readonly wire: WireName;
  readonly payload: string;
  readonly topics: number;
  /** How long; each topic once when it is not given. */
  readonly ms?: number;
}

/** Messages of one write, each in a frame of its own. */
const BURST = 100;
const WINDOW = 1000;

export async function runSpreadPublish(): Promise<void> {
  const [plan] = (await once(process, 'message')) as [SpreadPublishPlan];
  process.send!(await spreadPublish(plan));
}

/** Confirms a second. */
export async function spreadPublish(plan: SpreadPublishPlan): Promise<number> {
  const { openings, confirms, bursts } = sideOf(plan);
  const publisher = await RawConnection.open(plan.port, openings, confirms);
  const total = plan.ms === undefined ? bursts.length * BURST : undefined;
  const loop = new PublishLoop(
    publisher.socket,
    { bursts, burst: BURST, window: WINDOW, total },
    () => publisher.count,
  );
  publisher.watched.onChange(loop.publish);
  const began = performance.now();
  loop.publish();
  try {
    if (plan.ms === undefined) {
      await publisher.untilExactly(total!, 'confirms');
    } else {
      await publisher.watched.pass(plan.ms);
      loop.stop();
      await publisher.untilExactly(loop.count, 'confirms');
    }
    return publisher.count / ((performance.now() - began) / 1000);
  } finally {
    publisher.close();
  }
}

/** Writes of messages to the topics in turn: as many as bring the turn around. */
function sideOf({ wire, payload, topics }: SpreadPublishPlan) {
  const names = Array.from({ length: topics }, (_, index) => `spread.${index}`);
  const sides = names.map((topic) =>
    WIRES[wire].publisher({ topic, payload, burst: 1, subscribers: 0, limit: topics }),
  );
  const confirms: Counter | undefined = sides[0].confirms;
  if (confirms === undefined) throw new Error(`${wire} confirms nothing`);
  const bursts = Array.from({ length: Math.ceil(topics / BURST) }, (_, write) =>
    Buffer.concat(Array.from({ length: BURST }, (__, at) => sides[(write * BURST + at) % topics].burst)),
  );
  return { openings: sides[0].openings, confirms, bursts };
}
