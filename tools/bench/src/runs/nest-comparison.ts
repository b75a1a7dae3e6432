import { once } from 'node:events';
import { CASES, payloadOf, type NestCase } from '../cases';
import { startChild } from '../contenders/child';
import type { Between, NestContender } from '../contenders/nest/contender';
import { NEST_CONTENDERS } from '../contenders/nest/contenders';
import type { NestTransport } from '../contenders/nest/transport';
import type { NestFindings, NestPlan } from '../load/nest/plan';
import type { ServiceReady } from '../load/nest/service';
import { chosen, chosenCase, type BenchOptions } from '../options';
import { installed } from '../peers/peer';
import type { Run } from '../report/report';
import { WARM_UP_MS } from './measured-load';

/** Runs every transport in each chosen case of Nest services in turns; each service and client in a process of its own. */
export async function compareNest(options: BenchOptions): Promise<Run[]> {
  const cases = CASES.filter((each) => each.kind === 'nest').filter((each) => chosenCase(each, options));
  const contenders = NEST_CONTENDERS.filter(({ name }) => chosen(name, options.only));
  const present = contenders.filter(
    ({ peer }) => peer === undefined || installed(peer.program) !== undefined,
  );
  const runs: Run[] = [];
  for (const nestCase of cases) {
    for (let round = 1; round <= options.runs; round++) {
      for (const contender of present.filter((each) => takesPart(each, nestCase))) {
        process.stderr.write(`${nestCase.name}, round ${round} of ${options.runs}: ${contender.name} ... `);
        const run = await runOne(nestCase, contender, round, options);
        process.stderr.write(`${Math.round(run.perSecond).toLocaleString('en-US')} a second\n`);
        runs.push(run);
      }
    }
  }
  return runs;
}

/** Names of peers that the chosen cases would run, were they installed. */
export function missingNestPeers(options: BenchOptions): string[] {
  if (!CASES.some((each) => each.kind === 'nest' && chosenCase(each, options))) return [];
  return NEST_CONTENDERS.filter(({ name }) => chosen(name, options.only)).flatMap(({ peer }) =>
    peer === undefined || installed(peer.program) !== undefined ? [] : [peer.name],
  );
}

/** Topics with handlers are Pochta's alone; they are held against Nest's way without a broker. */
function takesPart({ kind }: NestContender, { measure }: NestCase): boolean {
  return measure !== 'topic' || kind === 'tcp' || kind === 'pochta';
}

async function runOne(
  nestCase: NestCase,
  contender: NestContender,
  round: number,
  options: BenchOptions,
): Promise<Run> {
  const between = await contender.start();
  try {
    const { perSecond, lost, cpu } = await serve(nestCase, contender, between, options.seconds * 1000);
    const { keeps } = contender;
    const emits = nestCase.measure !== 'request';
    return {
      case: nestCase.name,
      contender: contender.name,
      round,
      reference: contender.reference === true,
      rival: contender.peer !== undefined && (!emits || keeps === 'on disk'),
      perSecond,
      clientCpu: cpu.client,
      serverCpu: cpu.broker,
      serviceCpu: cpu.service,
      batch: 1,
      keeps: emits ? keeps : undefined,
      lost,
    };
  } finally {
    await between.stop();
  }
}

/** Starts the service, where the broker does not handle the messages itself, and a client that measures it. */
async function serve(
  { measure, payloadBytes, window }: NestCase,
  { kind, codec }: NestContender,
  { port, pid }: Between,
  measureMs: number,
): Promise<NestFindings> {
  const transport: NestTransport = { kind, port, codec, measure };
  const handledByBroker = measure === 'topic' && kind === 'pochta';
  const service = handledByBroker ? undefined : await startRole<ServiceReady>('nest-service', transport);
  try {
    const plan: NestPlan = {
      transport,
      payload: JSON.parse(payloadOf(payloadBytes)) as object,
      window,
      countPort: service?.value.countPort,
      warmUpMs: WARM_UP_MS,
      measureMs,
      servicePid: service?.child.pid,
      brokerPid: pid,
    };
    const client = await startRole<NestFindings>('nest-client', plan);
    await client.stop();
    return client.value;
  } finally {
    await service?.stop();
  }
}

/** Runs this program in a role, tells it what to do, and waits for its answer. */
function startRole<T>(role: string, task: object) {
  return startChild(process.argv[1], [`--role=${role}`], async (child) => {
    child.send(task);
    const [answer] = (await once(child, 'message')) as [T];
    return answer;
  });
}
