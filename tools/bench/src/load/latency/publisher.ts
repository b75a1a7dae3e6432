import { once } from 'node:events';
import { RawConnection } from '../raw-connection';
import { WIRES, type WireName } from '../../wires/wires';
import { stamped, StampedBytes } from './due-time';
import { percentilesOf } from './percentiles';
import { PLAIN_CLIENTS, type PlainClientName } from '../clients/plain-clients';
import { trafficOf, type LatencyPlan, type PublisherReport } from './plan';
import { keepSchedule } from './schedule';

interface Sender {
  send(due: number): void;
  /** Resolves once all that was sent is confirmed, where there are confirms, and closes the connection. */
  finish(): Promise<void>;
}

/** The publisher's process: gets one plan, and answers when all is sent. */
export async function runLatencyPublisher(): Promise<void> {
  const [plan] = (await once(process, 'message')) as [LatencyPlan];
  process.send!(await publishOnSchedule(plan));
}

/** Publishes the plan's messages at its rate. */
export async function publishOnSchedule(plan: LatencyPlan): Promise<PublisherReport> {
  const { client, warmUp } = plan;
  const sender = await (client.kind === 'raw'
    ? rawSender(plan, client.wire)
    : plainSender(plan, client.client));
  const before = { cpu: process.cpuUsage(), at: performance.now() };
  const lateMs = await keepSchedule(plan, (due) => sender.send(due));
  const { user, system } = process.cpuUsage(before.cpu);
  const cpu = (user + system) / 1000 / (performance.now() - before.at);
  await sender.finish();
  return { sentLate: percentilesOf(lateMs.subarray(warmUp)), cpu };
}

async function rawSender(plan: LatencyPlan, wire: WireName): Promise<Sender> {
  const { port, messages } = plan;
  const { openings, burst, confirms } = WIRES[wire].publisher(trafficOf(plan));
  const connection = await RawConnection.open(port, openings, confirms);
  const bytes = new StampedBytes(burst);
  return {
    send: (due) => connection.socket.write(bytes.with(due)),
    async finish() {
      if (confirms) await connection.untilExactly(messages, 'confirms');
      else await new Promise<void>((resolve) => connection.socket.end(resolve));
      connection.close();
    },
  };
}

async function plainSender(plan: LatencyPlan, name: PlainClientName): Promise<Sender> {
  const { port, topic, payloadBytes } = plan;
  const client = await PLAIN_CLIENTS[name]({ port, topic });
  let last: Promise<unknown> = Promise.resolve();
  const failed: unknown[] = [];
  return {
    send(due) {
      last = client.publish(stamped(due, payloadBytes));
      last.catch((error: unknown) => failed.push(error));
    },
    async finish() {
      await last;
      await client.close();
      if (failed.length > 0) throw failed[0];
    },
  };
}
