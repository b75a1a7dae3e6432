import { Exchange } from '../exchange';
import { PublishLoop } from '../publish-loop';

/** Publishes into a topic that is full, so that it holds the same number all the time: what comes pushes as many out. */
export interface ConfirmedPublishPlan {
  readonly kind: 'confirmed-publish';
  readonly port: number;
  readonly publish: string;
  readonly confirm: string;
  /** Most messages that are not confirmed yet. */
  readonly window: number;
  readonly burst: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Confirms a second. Every message of the run is confirmed. */
export async function confirmedPublish(plan: ConfirmedPublishPlan): Promise<number> {
  const publisher = await Exchange.open(plan.port, plan.confirm);
  const loop = new PublishLoop(
    publisher.socket,
    { frames: [plan.publish], burst: plan.burst, window: plan.window },
    () => publisher.answered,
  );
  publisher.watched.onChange(loop.publish);
  loop.publish();
  try {
    await publisher.watched.pass(plan.warmUpMs);
    const before = { confirmed: publisher.answered, at: performance.now() };
    await publisher.watched.pass(plan.measureMs);
    const rate = (publisher.answered - before.confirmed) / ((performance.now() - before.at) / 1000);
    loop.stop();
    await publisher.untilAnswered(loop.count);
    return rate;
  } finally {
    publisher.close();
  }
}
