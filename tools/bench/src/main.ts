import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { CASES, CONTENDERS, payloadOf, type BenchCase } from './cases';
import { startChild } from './contenders/child';
import type { Contender } from './contenders/contender';
import { runForwarder } from './contenders/forwarder';
import { cpuSeconds } from './load/cpu-time';
import { fanOut, type FanOutPlan, type FanOutResult } from './load/fan-out';
import { chosen, HELP, parseOptions, type BenchOptions } from './options';
import { summarise, table, type Run } from './report/report';

/** The client's side runs in a process of its own: two processes for two cores, as in use. */
interface LoadReport extends FanOutResult {
  readonly clientCpu: number;
}

const WARM_UP_MS = 1000;

async function main(): Promise<void> {
  const role = process.argv.find((argument) => argument.startsWith('--role='));
  if (role === '--role=forwarder')
    return runForwarder(process.argv.includes('--cork=chunk') ? 'chunk' : 'message');
  if (role === '--role=load') return runLoad();
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') return print(HELP);
  if (options === 'list') {
    return print([...CASES, ...CONTENDERS].map(({ name }) => name).join('\n'));
  }
  const runs = await runAll(options);
  if (runs.length === 0) throw new Error('nothing to run: --list names the cases and contenders');
  const rows = summarise(runs);
  const machine = {
    node: process.version,
    cpus: cpus().map(({ model }) => model),
    when: new Date().toISOString(),
  };
  await mkdir(dirname(options.json), { recursive: true });
  await writeFile(options.json, `${JSON.stringify({ machine, options, rows, runs }, undefined, 2)}\n`);
  print(`\n${table(rows)}\n\nratio: of the reference in the same round. Figures: ${options.json}`);
}

async function runAll(options: BenchOptions): Promise<Run[]> {
  const runs: Run[] = [];
  for (const benchCase of CASES.filter(({ name }) => chosen(name, options.cases))) {
    for (let round = 1; round <= options.runs; round++) {
      for (const contender of CONTENDERS.filter(({ name }) => chosen(name, options.only))) {
        process.stderr.write(`${benchCase.name}, round ${round} of ${options.runs}: ${contender.name} ... `);
        const run = await runOne(benchCase, contender, round, options);
        process.stderr.write(`${Math.round(run.deliveriesPerSecond).toLocaleString('en-US')} a second\n`);
        runs.push(run);
      }
    }
  }
  return runs;
}

async function runOne(
  benchCase: BenchCase,
  contender: Contender,
  round: number,
  options: BenchOptions,
): Promise<Run> {
  const running = await contender.start();
  try {
    const plan: FanOutPlan = {
      port: running.port,
      form: contender.wireForm(payloadOf(benchCase.payloadBytes)),
      subscribers: benchCase.subscribers,
      window: benchCase.window,
      burst: benchCase.burst,
      warmUpMs: WARM_UP_MS,
      measureMs: options.seconds * 1000,
    };
    const started = performance.now();
    const cpuBefore = cpuSeconds(running.pid);
    const report = await runInLoadProcess(plan);
    const cpuAfter = cpuSeconds(running.pid);
    const elapsed = (performance.now() - started) / 1000;
    return {
      case: benchCase.name,
      contender: contender.name,
      round,
      reference: contender.reference === true,
      deliveriesPerSecond: report.deliveriesPerSecond,
      clientCpu: report.clientCpu,
      serverCpu:
        cpuBefore !== undefined && cpuAfter !== undefined ? (cpuAfter - cpuBefore) / elapsed : undefined,
    };
  } finally {
    await running.stop();
  }
}

async function runInLoadProcess(plan: FanOutPlan): Promise<LoadReport> {
  const { value, stop } = await startChild(process.argv[1], ['--role=load'], async (child) => {
    child.send(plan);
    const [report] = (await once(child, 'message')) as [LoadReport];
    return report;
  });
  await stop();
  return value;
}

async function runLoad(): Promise<void> {
  const [plan] = (await once(process, 'message')) as [FanOutPlan];
  const started = performance.now();
  const result = await fanOut(plan);
  const { user, system } = process.cpuUsage();
  const report: LoadReport = { ...result, clientCpu: (user + system) / 1000 / (performance.now() - started) };
  process.send!(report);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
