import type { Traffic, Wire } from '../wires/wire';
import { WIRES, type WireName } from '../wires/wires';
import { PublishLoop } from './publish-loop';
import { RawConnection } from './raw-connection';

export interface FanOutPlan {
  readonly kind: 'fan-out';
  readonly port: number;
  readonly wire: WireName;
  readonly traffic: Traffic;
  /** Most messages that are under way: not confirmed yet (where the program confirms), or not delivered to everyone. */
  readonly window: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface FanOutResult {
  /** All messages of the run; each of them reached every subscriber. */
  readonly published: number;
  /** Messages a second that reached every subscriber, times the subscribers. */
  readonly deliveriesPerSecond: number;
}

/** Publishes as fast as the window allows, for the plan's time, and counts what arrives. */
export async function fanOut(plan: FanOutPlan): Promise<FanOutResult> {
  const { port, traffic } = plan;
  const wire: Wire = WIRES[plan.wire];
  if (wire.subscriber === undefined) throw new Error(`${plan.wire} has no subscribers`);
  const subscribers: RawConnection[] = [];
  for (let index = 0; index < traffic.subscribers; index++) {
    const { openings, deliveries } = wire.subscriber(traffic);
    subscribers.push(await RawConnection.open(port, openings, deliveries));
  }
  const { openings, burst, confirms } = wire.publisher(traffic);
  const publisher = await RawConnection.open(port, openings, confirms);
  const delivered = () => subscribers.reduce((sum, { count }) => sum + count, 0);
  const deliveredToAll = () => Math.min(...subscribers.map(({ count }) => count));
  const settled = confirms ? () => Math.min(deliveredToAll(), publisher.count) : deliveredToAll;
  const loop = new PublishLoop(
    publisher.socket,
    { bursts: [burst], burst: traffic.burst, window: plan.window },
    settled,
  );
  const all = [publisher, ...subscribers];
  for (const { watched } of all) watched.onChange(loop.publish);
  const pass = (ms: number) => Promise.race(all.map(({ watched }) => watched.pass(ms)));
  loop.publish();
  try {
    await pass(plan.warmUpMs);
    const before = { delivered: delivered(), at: performance.now() };
    await pass(plan.measureMs);
    const seconds = (performance.now() - before.at) / 1000;
    const deliveriesPerSecond = (delivered() - before.delivered) / seconds;
    loop.stop();
    for (const subscriber of subscribers) await subscriber.untilExactly(loop.count, 'deliveries');
    if (confirms) await publisher.untilExactly(loop.count, 'confirms');
    return { published: loop.count, deliveriesPerSecond };
  } finally {
    for (const each of all) each.close();
  }
}
