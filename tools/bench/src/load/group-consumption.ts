import type { Traffic, Wire } from '../wires/wire';
import { WIRES, type WireName } from '../wires/wires';
import { GroupMember } from './group-member';
import { PublishLoop } from './publish-loop';
import { RawConnection } from './raw-connection';

interface GroupWork {
  readonly port: number;
  readonly wire: WireName;
  readonly traffic: Traffic;
  /** Most messages that the member has and has not acked. */
  readonly prefetch: number;
}

/** One publisher and one member of a group, at the same time, each on a connection of its own. */
export interface GroupPlan extends GroupWork {
  readonly kind: 'group';
  /**
   * Most messages that are published and not acked, or not confirmed. So many more than before the run the topic
   * holds during it, when it is a work queue: each message that is acked is replaced.
   */
  readonly window: number;
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
  const member = await GroupMember.open(plan.port, plan.wire, plan.traffic, plan.prefetch);
  const { publisher, burst } = await openPublisher(plan);
  const loop = new PublishLoop(
    publisher.socket,
    { bursts: [burst], burst: plan.traffic.burst, window: plan.window },
    () => Math.min(publisher.count, member.acked),
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
    await publisher.untilExactly(loop.count, 'confirms');
    await member.watched.until('all acks', () => member.acked >= loop.count);
    await member.finish();
    return { ackedPerSecond, published: loop.count, acked: member.acked };
  } finally {
    member.close();
    publisher.close();
  }
}

/** Messages that are all stored before the group begins; nobody publishes while they are consumed. */
export interface BacklogPlan extends GroupWork {
  readonly kind: 'backlog';
  /** A whole number of the traffic's bursts. */
  readonly messages: number;
}

/** The clock starts after so many of the messages: until then both programs warm up. */
const WARM_UP_PART = 0.1;
const STORE_WINDOW = 20_000;

/** Messages a second whose ack was answered, from a tenth of the backlog to its end. */
export async function consumeBacklog(plan: BacklogPlan): Promise<number> {
  const { messages } = plan;
  await store(plan);
  const member = await GroupMember.open(plan.port, plan.wire, plan.traffic, plan.prefetch);
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

/** Publishes them all, and waits until they are confirmed. */
async function store(plan: BacklogPlan): Promise<void> {
  const { messages, traffic } = plan;
  const { publisher, burst } = await openPublisher(plan);
  const bursts = { bursts: [burst], burst: traffic.burst, window: STORE_WINDOW, total: messages };
  const loop = new PublishLoop(publisher.socket, bursts, () => publisher.count);
  publisher.watched.onChange(loop.publish);
  loop.publish();
  try {
    await publisher.untilExactly(messages, 'confirms');
  } finally {
    publisher.close();
  }
}

async function openPublisher({ port, wire, traffic }: GroupWork) {
  const { publisher: side }: Wire = WIRES[wire];
  const { openings, burst, confirms } = side(traffic);
  if (confirms === undefined) throw new Error(`${wire} confirms nothing`);
  return { publisher: await RawConnection.open(port, openings, confirms), burst };
}
