import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { CASES, CONTENDERS } from './cases';
import { runForwarder } from './contenders/forwarder';
import { cleanUpAtExit } from './contenders/leftovers';
import { runLoad } from './load/load-process';
import { HELP, parseOptions, type BenchOptions } from './options';
import { growthTable, summariseGrowth } from './report/growth-report';
import { summarise, table } from './report/report';
import { compare } from './runs/comparison';
import { measureGrowth } from './runs/growth';

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
  cleanUpAtExit();
  await bench(options);
}

async function bench(options: BenchOptions): Promise<void> {
  const machine = {
    node: process.version,
    cpus: cpus().map(({ model }) => model),
    when: new Date().toISOString(),
  };
  const runs = await compare(options);
  const growthRuns = await measureGrowth(options);
  if (runs.length + growthRuns.length === 0)
    throw new Error('nothing to run: --list names the cases and contenders');
  const rows = summarise(runs);
  const growth = summariseGrowth(growthRuns);
  const figures = { machine, options, rows, runs, growth, growthRuns };
  await mkdir(dirname(options.json), { recursive: true });
  await writeFile(options.json, `${JSON.stringify(figures, undefined, 2)}\n`);
  if (rows.length > 0) {
    print(`\n${table(rows)}\n\nratio: of the reference in the same round`);
    if (rows.some(({ ratioOf }) => ratioOf !== undefined))
      print('of 1 to 1: of the reference forwarder 1 to 1, since it has no groups');
  }
  if (growth.length > 0)
    print(
      `\n${growthTable(growth)}\n\nown: memory without mapped files, of which the system keeps what it has room for`,
    );
  print(`Figures: ${options.json}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
