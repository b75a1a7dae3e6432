import type { GroupForm } from '../contenders/contender';
import { Exchange } from './exchange';
import { fill } from './fill';
import { GroupMember } from './group-member';
import { PublishLoop } from './publish-loop';

/** One publisher and one member of a group, at the same time, each on a connection of its own. */
export interface GroupPlan {
  readonly kind: 'group';
  readonly port: number;
  readonly form: GroupForm;
  /**
   * Most messages that are published and not acked, or not confirmed. So many more than before the run the topic
   * holds during it, when it is a work queue: each message that is acked is replaced.
   */
  readonly window: number;
  readonly burst: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface GroupResult {
  /** Messages a second whose ack was answered. */
  readonly ackedPerSecond: number;
  readonly published: number;
  readonly acked: number;
}

/**
 * Publishes and consumes for the plan's time, and consumes on until as many are acked as were published: all of them,
 * unless the topic held some before, which go first.
 */
export async function consumeLive(plan: GroupPlan): Promise<GroupResult> {
  const { form, port } = plan;
  const member = await GroupMember.open(port, form);
  const publisher = await Exchange.open(port, form.confirm);
  const loop = new PublishLoop(
    publisher.socket,
    { bursts: [Buffer.from(form.publish.repeat(plan.burst))], burst: plan.burst, window: plan.window },
    () => Math.min(publisher.answered, member.acked),
  );
  for (const { watched } of [publisher, member]) watched.onChange(loop.publish);
  loop.publish();
  const pass = (ms: number) => Promise.race([member.watched.pass(ms), publisher.watched.pass(ms)]);
  try {
    await pass(plan.warmUpMs);
    const before = { acked: member.acked, at: performance.now() };
    await pass(plan.measureMs);
    const ackedPerSecond = (member.acked - before.acked) / ((performance.now() - before.at) / 1000);
    loop.stop();
    await publisher.untilAnswered(loop.count);
    await member.watched.until('all acks', () => member.acked >= loop.count);
    await member.finish();
    return { ackedPerSecond, published: loop.count, acked: member.acked };
  } finally {
    member.close();
    publisher.close();
  }
}

/** Messages that are all stored before the group begins; nobody publishes while they are consumed. */
export interface BacklogPlan {
  readonly kind: 'backlog';
  readonly port: number;
  readonly form: GroupForm;
  readonly messages: number;
}

/** The clock starts after so many of the messages: until then both programs warm up. */
const WARM_UP_PART = 0.1;

/** Messages a second whose ack was answered, from a tenth of the backlog to its end. */
export async function consumeBacklog(plan: BacklogPlan): Promise<number> {
  const { form, messages, port } = plan;
  await fill({ kind: 'fill', port, publish: [form.publish], confirm: form.confirm, messages });
  const member = await GroupMember.open(port, form);
  try {
    await member.watched.until('the warm-up', () => member.acked >= messages * WARM_UP_PART);
    const before = { acked: member.acked, at: performance.now() };
    await member.watched.until('all acks', () => member.acked >= messages);
    if (member.acked !== messages) throw new Error(`${member.acked} of ${messages} messages were delivered`);
    return (messages - before.acked) / ((performance.now() - before.at) / 1000);
  } finally {
    member.close();
  }
}
