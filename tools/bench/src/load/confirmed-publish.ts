import type { Traffic, Wire } from '../wires/wire';
import { WIRES, type WireName } from '../wires/wires';
import { PublishLoop } from './publish-loop';
import { RawConnection } from './raw-connection';

/** One publisher, whose messages nobody reads. */
export interface ConfirmedPublishPlan {
  readonly kind: 'confirmed-publish';
  readonly port: number;
  readonly wire: WireName;
  readonly traffic: Traffic;
  /** Most messages that are not confirmed yet. */
  readonly window: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Confirms a second. Every message of the run is confirmed. */
export async function confirmedPublish(plan: ConfirmedPublishPlan): Promise<number> {
  const wire: Wire = WIRES[plan.wire];
  const { openings, burst, confirms } = wire.publisher(plan.traffic);
  if (confirms === undefined) throw new Error(`${plan.wire} confirms nothing`);
  const publisher = await RawConnection.open(plan.port, openings, confirms);
  const loop = new PublishLoop(
    publisher.socket,
    { bursts: [burst], burst: plan.traffic.burst, window: plan.window },
    () => publisher.count,
  );
  publisher.watched.onChange(loop.publish);
  loop.publish();
  try {
    await publisher.watched.pass(plan.warmUpMs);
    const before = { confirmed: publisher.count, at: performance.now() };
    await publisher.watched.pass(plan.measureMs);
    const rate = (publisher.count - before.confirmed) / ((performance.now() - before.at) / 1000);
    loop.stop();
    await publisher.untilExactly(loop.count, 'confirms');
    return rate;
  } finally {
    publisher.close();
  }
}
