import { CASES, CONTENDERS, payloadOf, REFERENCE, type FanOutCase, type GroupCase } from '../cases';
import type { Contender } from '../contenders/contender';
import type { LoadPlan } from '../load/load-process';
import { chosen, chosenCase, type BenchOptions } from '../options';
import type { Run } from '../report/report';
import { measureLoad, WARM_UP_MS } from './measured-load';

type ComparedCase = FanOutCase | GroupCase;

/** Runs every contender of every chosen case in turns, so that a machine that changes its pace is fair to all. */
export async function compare(options: BenchOptions): Promise<Run[]> {
  const runs: Run[] = [];
  for (const benchCase of CASES.filter((each) => chosenCase(each, options))) {
    if (benchCase.kind === 'growth' || benchCase.kind === 'nest') continue;
    const contenders = CONTENDERS.filter(({ name }) => chosen(name, options.only));
    for (let round = 1; round <= options.runs; round++) {
      for (const contender of contenders.filter((each) => takesPart(each, benchCase))) {
        process.stderr.write(`${benchCase.name}, round ${round} of ${options.runs}: ${contender.name} ... `);
        const run = await runOne(benchCase, contender, round, options);
        process.stderr.write(`${Math.round(run.perSecond).toLocaleString('en-US')} a second\n`);
        runs.push(run);
      }
    }
  }
  return runs;
}

function takesPart({ groupForm, reference }: Contender, benchCase: ComparedCase): boolean {
  return benchCase.kind === 'fan-out' || groupForm !== undefined || reference === true;
}

async function runOne(
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
      ratioOf: benchCase.kind === 'group' ? '1 to 1' : undefined,
      perSecond: load.perSecond,
      clientCpu: load.clientCpu,
      serverCpu: load.serverCpu,
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
  if (benchCase.kind === 'fan-out' || contender.groupForm === undefined) {
    const { subscribers, payloadBytes, window, burst } = benchCase.kind === 'group' ? REFERENCE : benchCase;
    const form = contender.wireForm(payloadOf(payloadBytes));
    return { kind: 'fan-out', port, form, subscribers, window, burst, ...times };
  }
  const { topic, payloadBytes, prefetch, backlog } = benchCase;
  const form = contender.groupForm(topic, payloadOf(payloadBytes), prefetch);
  if (backlog > 0) return { kind: 'backlog', port, form, messages: backlog };
  const { window, burst } = REFERENCE;
  return { kind: 'group', port, form, window, burst, ...times };
}
