import { once } from 'node:events';
import { CASES, type LatencyCase } from '../cases';
import { startChild } from '../contenders/child';
import { LATENCY_CONTENDERS, type LatencyContender } from '../contenders/latency';
import { removeFolder, temporaryFolder } from '../contenders/leftovers';
import { cpuSeconds } from '../load/cpu-time';
import type { DiskPlan, DiskReport } from '../load/disk/disk';
import type { Percentiles } from '../load/latency/percentiles';
import type { LatencyPlan, PublisherReport } from '../load/latency/plan';
import { chosen, chosenCase, type BenchOptions } from '../options';
import { installed } from '../peers/peer';
import type { LatencyRun } from '../report/latency-report';
import { WARM_UP_MS } from './measured-load';
import { askRole } from './role';

const TOPIC = 'bench';
const FLUSH = 'reference: bare fdatasync of 4 KiB';
const FLUSH_BYTES = 4096;

/** Runs every contender of each chosen latency case in turns, and the disk alone beside those that wait for it. */
export async function compareLatency(options: BenchOptions): Promise<LatencyRun[]> {
  const runs: LatencyRun[] = [];
  const contenders = chosenContenders(options).filter(isPresent);
  for (const latencyCase of latencyCases(options)) {
    for (let round = 1; round <= options.runs; round++) {
      const where = `${latencyCase.name}, round ${round} of ${options.runs}`;
      const note = (name: string) => process.stderr.write(`${where}: ${name} ... `);
      if (contenders.some(({ durable }) => durable)) {
        note(FLUSH);
        runs.push(told({ ...(await runFlushes(latencyCase, options)), round }));
      }
      for (const contender of contenders) {
        note(contender.name);
        runs.push(told({ ...(await runOne(latencyCase, contender, options)), round }));
      }
    }
  }
  return runs;
}

/** Names of peers that the chosen cases would run, were they installed. */
export function missingLatencyPeers(options: BenchOptions): string[] {
  if (latencyCases(options).length === 0) return [];
  const missing = chosenContenders(options).filter((contender) => !isPresent(contender));
  return [...new Set(missing.map(({ peer, name }) => peer?.name ?? name))];
}

function latencyCases(options: BenchOptions): LatencyCase[] {
  return CASES.filter((each) => each.kind === 'latency').filter((each) => chosenCase(each, options));
}

function chosenContenders({ only }: BenchOptions): LatencyContender[] {
  return LATENCY_CONTENDERS.filter(({ name }) => chosen(name, only));
}

function isPresent({ peer }: LatencyContender): boolean {
  return peer === undefined || installed(peer.program) !== undefined;
}

function told(run: LatencyRun): LatencyRun {
  process.stderr.write(`p99 ${run.latency.p99.toFixed(2)} ms\n`);
  return run;
}

type Unnumbered = Omit<LatencyRun, 'round'>;

async function runFlushes({ name, perSecond }: LatencyCase, { seconds }: BenchOptions): Promise<Unnumbered> {
  const folder = await temporaryFolder();
  const ms = seconds * 1000;
  const plan: DiskPlan = { kind: 'paced', folder, blockBytes: FLUSH_BYTES, perSecond, ms };
  const { percentiles } = await askRole<DiskReport>('disk', plan);
  await removeFolder(folder);
  return { case: name, contender: FLUSH, client: 'none', peer: false, durable: true, latency: percentiles };
}

async function runOne(
  { name, perSecond, payloadBytes }: LatencyCase,
  contender: LatencyContender,
  { seconds }: BenchOptions,
): Promise<Unnumbered> {
  const { client, durable, peer } = contender;
  const { port, pid, stop } = await contender.start();
  try {
    const warmUp = (perSecond * WARM_UP_MS) / 1000;
    const messages = warmUp + Math.ceil(perSecond * seconds);
    const plan: LatencyPlan = { port, client, topic: TOPIC, payloadBytes, perSecond, messages, warmUp };
    const { latency, publisher, serverCpu } = await publishAndSubscribe(plan, pid);
    return {
      case: name,
      contender: contender.name,
      client: client.kind,
      peer: peer !== undefined,
      durable,
      latency,
      sentLate: publisher.sentLate,
      clientCpu: publisher.cpu,
      serverCpu,
    };
  } finally {
    await stop();
  }
}

/** Publishes in one process what another is subscribed to. */
async function publishAndSubscribe(plan: LatencyPlan, serverPid: number) {
  const { value, stop } = await startChild(process.argv[1], ['--role=latency-subscriber'], async (child) => {
    child.send(plan);
    await once(child, 'message');
    const arrived = once(child, 'message') as Promise<[Percentiles]>;
    const before = { cpu: cpuSeconds(serverPid), at: performance.now() };
    const publisher = await askRole<PublisherReport>('latency-publisher', plan);
    const [latency] = await arrived;
    const after = cpuSeconds(serverPid);
    const seconds = (performance.now() - before.at) / 1000;
    const known = before.cpu !== undefined && after !== undefined;
    return { latency, publisher, serverCpu: known ? (after - before.cpu!) / seconds : undefined };
  });
  await stop();
  return value;
}
