import type { Traffic, Wire } from '../wires/wire';
import { WIRES, type WireName } from '../wires/wires';
import { RawConnection } from './raw-connection';

/** One requester and one responder, on a connection each. */
export interface RequestReplyPlan {
  readonly kind: 'request-reply';
  readonly port: number;
  readonly wire: WireName;
  /** Its burst is the most requests that are not answered. */
  readonly traffic: Traffic;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Replies a second. Every request of the run is answered. */
export async function requestReply(plan: RequestReplyPlan): Promise<number> {
  const responder = await openResponder(plan);
  const requester = await openRequester(plan);
  const pass = (ms: number) => Promise.race([requester, responder].map(({ watched }) => watched.pass(ms)));
  try {
    await pass(plan.warmUpMs);
    const before = { replies: requester.count, at: performance.now() };
    await pass(plan.measureMs);
    const rate = (requester.count - before.replies) / ((performance.now() - before.at) / 1000);
    await requester.untilAllAnswered();
    return rate;
  } finally {
    requester.close();
    responder.close();
  }
}

async function openResponder({ port, wire: name, traffic }: RequestReplyPlan): Promise<RawConnection> {
  const wire: Wire = WIRES[name];
  const side = wire.responder?.(traffic);
  if (side === undefined) throw new Error(`${name} has no responders`);
  const responder: RawConnection = await RawConnection.open(port, side.openings, (chunk) => {
    const replies = side.respond(chunk);
    if (replies !== undefined) responder.socket.write(replies);
    return 0;
  });
  return responder;
}

/** Keeps as many requests in flight as the plan allows: those that a chunk answers are sent anew, in one write. */
async function openRequester({ port, wire: name, traffic }: RequestReplyPlan) {
  const wire: Wire = WIRES[name];
  const side = wire.requester?.(traffic);
  if (side === undefined) throw new Error(`${name} has no requesters`);
  const { requests, replies, openings } = side;
  const size = requests.length / traffic.burst;
  let sent = 0;
  let running = true;
  const connection = await RawConnection.open(port, openings, replies);
  const request = () => {
    const more = traffic.burst - (sent - connection.count);
    if (!running || more === 0) return;
    connection.socket.write(requests.subarray(0, more * size));
    sent += more;
  };
  connection.watched.onChange(request);
  request();
  return {
    watched: connection.watched,
    get count() {
      return connection.count;
    },
    async untilAllAnswered() {
      running = false;
      await connection.untilExactly(sent, 'replies');
    },
    close: () => connection.close(),
  };
}
