import { CASES, payloadOf, type ResourcesCase } from '../cases';
import type { Running } from '../contenders/contender';
import { RESOURCE_CONTENDERS, type ResourceContender } from '../contenders/resources';
import { memoryUse } from '../load/memory-use';
import { checkOpenFiles, type ConnectionsPlan } from '../load/resources/open-connections';
import type { SpreadPublishPlan } from '../load/resources/spread-publish';
import { chosen, chosenCase, type BenchOptions } from '../options';
import { installed } from '../peers/peer';
import type { ResourcesRun } from '../report/resources-report';
import { askRole, startRole } from './role';

/** After a start, or after much has changed: until what was begun is done. */
const SETTLE_MS = 1000;

type Measured = Partial<Pick<ResourcesRun, 'bytesEach' | 'ofOneTopic'>>;

/** Runs every contender of each chosen case in turns. */
export async function measureResources(options: BenchOptions): Promise<ResourcesRun[]> {
  const runs: ResourcesRun[] = [];
  for (const each of resourcesCases(options)) {
    if (each.measure === 'connections') checkOpenFiles(options.count);
    for (let round = 1; round <= options.runs; round++) {
      for (const contender of contendersOf(each, options).filter(isPresent)) {
        process.stderr.write(`${each.name}, round ${round} of ${options.runs}: ${contender.name} ... `);
        runs.push(await runOne(each, contender, round, options));
        process.stderr.write('done\n');
      }
    }
  }
  return runs;
}

/** Names of peers that the chosen cases would run, were they installed. */
export function missingResourcePeers(options: BenchOptions): string[] {
  return resourcesCases(options).flatMap((each) =>
    contendersOf(each, options)
      .filter((contender) => !isPresent(contender))
      .map(({ name }) => name),
  );
}

function resourcesCases(options: BenchOptions): ResourcesCase[] {
  return CASES.filter((each) => each.kind === 'resources').filter((each) => chosenCase(each, options));
}

function contendersOf({ measure, greeting }: ResourcesCase, { only }: BenchOptions): ResourceContender[] {
  return RESOURCE_CONTENDERS.filter(({ name }) => chosen(name, only)).filter(({ wire, keepsTopics }) => {
    if (measure === 'topics') return keepsTopics === true;
    return greeting === undefined || greeting === 'nothing' || wire !== undefined;
  });
}

function isPresent({ peer }: ResourceContender): boolean {
  return peer === undefined || installed(peer.program) !== undefined;
}

async function runOne(
  each: ResourcesCase,
  contender: ResourceContender,
  round: number,
  options: BenchOptions,
): Promise<ResourcesRun> {
  const started = performance.now();
  const running = await contender.start();
  const startMs = performance.now() - started;
  try {
    await settle();
    const idle = memoryUse(running.pid);
    const measured = await measure(each, contender, running, options);
    return { case: each.name, contender: contender.name, round, startMs, idle, ...measured };
  } finally {
    await running.stop();
  }
}

async function measure(
  { measure: what, greeting = 'nothing' }: ResourcesCase,
  { wire }: ResourceContender,
  running: Running,
  { count, seconds }: BenchOptions,
): Promise<Measured> {
  const { port, pid } = running;
  if (what === 'start-up') return {};
  if (what === 'connections') {
    const plan: ConnectionsPlan = { port, connections: count, greeting, wire };
    const before = ownMemory(pid);
    const { stop } = await startRole<number>('connections', plan);
    await settle();
    const bytesEach = (ownMemory(pid) - before) / count;
    await stop();
    return { bytesEach };
  }
  const plan = { port, wire: wire!, payload: payloadOf(100) };
  const publish = (further: Pick<SpreadPublishPlan, 'topics' | 'ms'>) =>
    askRole<number>('spread-publish', { ...plan, ...further });
  const before = ownMemory(pid);
  await publish({ topics: count });
  const bytesEach = (ownMemory(pid) - before) / count;
  const spread = await publish({ topics: count, ms: seconds * 1000 });
  const one = await publish({ topics: 1, ms: seconds * 1000 });
  return { bytesEach, ofOneTopic: spread / one };
}

/** Not a number where the system does not say. */
function ownMemory(pid: number): number {
  return memoryUse(pid)?.own ?? NaN;
}

const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
