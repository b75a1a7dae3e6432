import { ChildBroker } from './broker/child-broker';
import { checkFeatures, ENGINE_FEATURES } from './features';
import { violations } from './invariants';
import type { FaultsOptions } from './options';
import { roundSeed } from './plan/random';
import { planRound, type Features } from './plan/round-plan';
import { policies } from './plan/topics';
import { Progress } from './report/progress';
import { leftOut, repeatCommand, roundLine, summarise, violationReport } from './report/report';
import { Round } from './round';

/** Where the run tells what happens. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Runs all rounds, up to the first one with a violation. Returns the exit code. */
export async function run(options: FaultsOptions, out: Output): Promise<number> {
  const { rounds, messages, seed, engine, codec } = options;
  const started = performance.now();
  out.write(`seed ${seed}: ${rounds} rounds of ${messages} messages, engine ${engine}, codec ${codec}\n`);
  const features = ENGINE_FEATURES[engine];
  const missing = leftOut(features);
  if (missing !== undefined) out.write(`left out, since this engine cannot do it: ${missing}\n`);
  await check(options, features);
  for (let round = 1; round <= rounds; round++) {
    if (!(await runRound(options, round, features, out))) return 1;
  }
  const minutes = (performance.now() - started) / 60_000;
  out.write(`${rounds} rounds, ${rounds * messages} messages, no violation; ${minutes.toFixed(1)} minutes\n`);
  return 0;
}

async function runRound(
  options: FaultsOptions,
  round: number,
  features: Features,
  out: Output,
): Promise<boolean> {
  const { rounds, messages, seed, engine, codec, broker: program } = options;
  const started = performance.now();
  const plan = planRound(roundSeed(seed, round), messages, features, codec);
  const name = `round ${round} of ${rounds}, seed ${plan.seed}`;
  const progress = new Progress(out, name);
  const broker = await ChildBroker.prepare({ program, engine, topics: policies(plan.topics) });
  try {
    const { history, faults } = await new Round(plan, broker, {
      onProgress: (part) => progress.report(part),
    }).run();
    const found = violations(history);
    progress.end();
    const seconds = (performance.now() - started) / 1000;
    out.write(`${roundLine(name, seconds, summarise(history), faults)}\n`);
    if (found.length === 0) return true;
    out.write(`${violationReport(history, found, broker.said)}\n`);
    out.write(`The same plan again: ${repeatCommand({ ...options, seed: plan.seed })}\n`);
    return false;
  } finally {
    await broker.remove();
  }
}

async function check({ engine, broker: program }: FaultsOptions, features: Features): Promise<void> {
  const broker = await ChildBroker.prepare({ program, engine, topics: {} });
  try {
    await checkFeatures(broker, features);
  } finally {
    await broker.remove();
  }
}
