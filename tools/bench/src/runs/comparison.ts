import { CASES, CONTENDERS, payloadOf, REFERENCE } from '../cases';
import type { FanOutCase, GroupCase, PublishCase, RequestCase } from '../cases';
import type { Contender } from '../contenders/contender';
import type { LoadPlan } from '../load/load-process';
import { chosen, chosenCase, type BenchOptions } from '../options';
import { installed } from '../peers/peer';
import type { Run } from '../report/report';
import type { WireName } from '../wires/wires';
import { measureDiskPace, type DiskPace } from './disk-reference';
import { measureLoad, WARM_UP_MS } from './measured-load';

export type ComparedCase = FanOutCase | PublishCase | GroupCase | RequestCase;

/** Topic of fan-out and publish: never refuses, but drops the oldest when it is full. */
const TOPIC = 'bench';
const LIMIT = 100_000;

/** Runs every contender of every chosen case in turns, so that a machine that changes its pace is fair to all. */
export async function compare(options: BenchOptions): Promise<Run[]> {
  const runs: Run[] = [];
  const contenders = CONTENDERS.filter(({ name }) => chosen(name, options.only)).filter(isPresent);
  for (const benchCase of comparedCases(options)) {
    for (let round = 1; round <= options.runs; round++) {
      const present = contenders.filter((each) => takesPart(each, benchCase));
      const disk = present.some((each) => stores(each, benchCase)) ? await measureDiskPace() : undefined;
      for (const contender of present) {
        process.stderr.write(`${benchCase.name}, round ${round} of ${options.runs}: ${contender.name} ... `);
        const run = withDisk(await runOne(benchCase, contender, round, options), contender, benchCase, disk);
        process.stderr.write(`${Math.round(run.perSecond).toLocaleString('en-US')} a second\n`);
        runs.push(run);
      }
    }
  }
  return runs;
}

/** Names of peers that the chosen cases would run, were they installed. */
export function missingPeers(options: BenchOptions): string[] {
  const cases = comparedCases(options);
  return CONTENDERS.filter(({ name }) => chosen(name, options.only))
    .filter((contender) => !isPresent(contender) && cases.some((each) => takesPart(contender, each)))
    .map(({ name }) => name);
}

/** Those of the chosen cases that brokers are compared in. */
export function comparedCases(options: BenchOptions): ComparedCase[] {
  return CASES.filter((each) => chosenCase(each, options)).filter(
    (each) =>
      each.kind === 'fan-out' || each.kind === 'publish' || each.kind === 'group' || each.kind === 'request',
  );
}

function isPresent({ peer }: Contender): boolean {
  return peer === undefined || installed(peer.program) !== undefined;
}

export function takesPart(contender: Contender, { kind }: ComparedCase): boolean {
  const { fanOut, publish, group, request, reference } = contender;
  switch (kind) {
    case 'fan-out':
      return fanOut !== undefined;
    case 'publish':
      return publish !== undefined;
    case 'group':
      return group !== undefined || reference === true;
    case 'request':
      return request !== undefined;
  }
}

/** Whether what a case publishes is flushed to the disk before it is delivered. */
function stores({ kept }: Contender, { kind }: ComparedCase): boolean {
  return kind === 'fan-out' && kept === 'flushed';
}

/** With what was stored beside what the disk takes. */
function withDisk(run: Run, contender: Contender, benchCase: ComparedCase, disk: DiskPace | undefined): Run {
  if (disk === undefined || benchCase.kind !== 'fan-out' || !stores(contender, benchCase)) return run;
  const { payloadBytes, subscribers } = benchCase;
  return { ...run, stored: { payloads: (run.perSecond / subscribers) * payloadBytes, disk } };
}

/** Starts the program, and measures it. */
export async function runOne(
  benchCase: ComparedCase,
  contender: Contender,
  round: number,
  options: BenchOptions,
): Promise<Run> {
  const running = await contender.start();
  try {
    const plan = planOf(benchCase, contender, running.port, options.seconds * 1000);
    const load = await measureLoad(running, plan);
    return {
      case: benchCase.name,
      contender: contender.name,
      round,
      reference: contender.reference === true,
      rival: contender.peer !== undefined,
      ratioOf: benchCase.kind === 'group' ? '1 to 1' : undefined,
      perSecond: load.perSecond,
      clientCpu: load.clientCpu,
      serverCpu: load.serverCpu,
      batch: batchOf(plan),
      keeps: benchCase.kind === 'publish' || benchCase.kind === 'group' ? contender.kept : undefined,
    };
  } finally {
    await running.stop();
  }
}

/** The reference runs 1 to 1 in the place of a case with groups. */
export function planOf(
  benchCase: ComparedCase,
  contender: Contender,
  port: number,
  measureMs: number,
): LoadPlan {
  const times = { warmUpMs: WARM_UP_MS, measureMs };
  if (benchCase.kind === 'group') {
    if (contender.group === undefined) return planOf(REFERENCE, contender, port, measureMs);
    const { topic, payloadBytes, prefetch, backlog } = benchCase;
    const { window, burst } = REFERENCE;
    const limit = Math.max(LIMIT, 2 * backlog);
    const traffic = { topic, payload: payloadOf(payloadBytes), burst, subscribers: 0, limit };
    const work = { port, wire: contender.group, traffic, prefetch };
    if (backlog > 0) return { kind: 'backlog', ...work, messages: backlog };
    return { kind: 'group', ...work, window, ...times };
  }
  if (benchCase.kind === 'request') {
    const { inFlight, payloadBytes } = benchCase;
    const payload = payloadOf(payloadBytes);
    const traffic = { topic: TOPIC, payload, burst: inFlight, subscribers: 0, limit: LIMIT };
    return { kind: 'request-reply', port, wire: wireOf(contender.request), traffic, ...times };
  }
  const { payloadBytes } = benchCase;
  const isFanOut = benchCase.kind === 'fan-out';
  const subscribers = isFanOut ? benchCase.subscribers : 0;
  const window = Math.min(benchCase.window, (isFanOut && contender.fanOutWindow) || Infinity);
  const burst = Math.min(benchCase.burst, Math.max(1, window / 10));
  const traffic = { topic: TOPIC, payload: payloadOf(payloadBytes), burst, subscribers, limit: LIMIT };
  const plan = { port, traffic, window, ...times };
  return isFanOut
    ? { kind: 'fan-out', wire: wireOf(contender.fanOut), ...plan }
    : { kind: 'confirmed-publish', wire: wireOf(contender.publish), ...plan };
}

/** Messages of one write of the publisher. */
function batchOf(plan: LoadPlan): number | undefined {
  return 'traffic' in plan ? plan.traffic.burst : undefined;
}

function wireOf(name: WireName | undefined): WireName {
  if (name === undefined) throw new Error('a contender was given a case that it does not take part in');
  return name;
}
