import { cpus } from 'node:os';
import { CASES, CONTENDERS } from './cases';
import { CLIENT_CONTENDERS } from './contenders/clients';
import { LATENCY_CONTENDERS } from './contenders/latency';
import { NEST_CONTENDERS } from './contenders/nest/contenders';
import { runForwarder } from './contenders/forwarder';
import { RESOURCE_CONTENDERS, runBareServer } from './contenders/resources';
import { cleanUpAtExit } from './contenders/leftovers';
import { runDisk } from './load/disk/disk';
import { runLoad } from './load/load-process';
import { runConnections } from './load/resources/open-connections';
import { runSpreadPublish } from './load/resources/spread-publish';
import { HELP, parseOptions, type BenchOptions } from './options';
import { runAedes } from './peers/aedes';
import { againstNotes, againstTable, summariseAgainst } from './report/against-report';
import { summariseGrowth } from './report/growth-report';
import { summariseLatency } from './report/latency-report';
import { summarise } from './report/report';
import { reportFiles, writeFigures, writeReport } from './report/report-files';
import { summariseResources } from './report/resources-report';
import { terminalText } from './report/sections';
import { terminal } from './report/table';
import { compareWithCommit } from './runs/against';
import { compareClients, missingClientPeers } from './runs/clients-comparison';
import { compare, missingPeers } from './runs/comparison';
import { measureGrowth } from './runs/growth';
import { compareLatency, missingLatencyPeers } from './runs/latency-comparison';
import { compareNest, missingNestPeers } from './runs/nest-comparison';
import { measureResources, missingResourcePeers } from './runs/resources';

/** What this program is, started as a child of the bench. What is large is loaded only where it is needed. */
const ROLES: Readonly<Record<string, () => void | Promise<void>>> = {
  forwarder: () => runForwarder(process.argv.includes('--cork=chunk') ? 'chunk' : 'message'),
  'bare-server': runBareServer,
  connections: runConnections,
  'spread-publish': runSpreadPublish,
  disk: runDisk,
  aedes: runAedes,
  load: runLoad,
  'latency-publisher': async () => (await import('./load/latency/publisher')).runLatencyPublisher(),
  'latency-subscriber': async () => (await import('./load/latency/subscriber')).runLatencySubscriber(),
  'plain-client': async () => (await import('./load/clients/client-process')).runPlainClient(),
  'nest-client': async () => (await import('./load/nest/client')).runNestClient(),
  'nest-service': async () => (await import('./load/nest/service')).runNestService(),
};

const NOTHING = 'nothing to run: --list names the cases and contenders';

async function main(): Promise<void> {
  const role = process.argv.find((argument) => argument.startsWith('--role='));
  if (role !== undefined) return ROLES[role.slice('--role='.length)]();
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') return print(HELP);
  if (options === 'list') {
    const names = [
      CASES,
      CONTENDERS,
      LATENCY_CONTENDERS,
      CLIENT_CONTENDERS,
      NEST_CONTENDERS,
      RESOURCE_CONTENDERS,
    ]
      .flat()
      .map(({ name }) => name);
    return print([...new Set(names)].join('\n'));
  }
  cleanUpAtExit();
  await (options.against === undefined ? bench(options) : benchAgainst(options.against, options));
}

async function bench(options: BenchOptions): Promise<void> {
  const machine = {
    node: process.version,
    cpus: cpus().map(({ model }) => model),
    when: new Date().toISOString(),
  };
  const missing = [
    ...new Set([
      ...missingPeers(options),
      ...missingLatencyPeers(options),
      ...missingClientPeers(options),
      ...missingNestPeers(options),
      ...missingResourcePeers(options),
    ]),
  ];
  if (missing.length > 0) print(`${leftOut(missing)}\n`);
  const runs = [
    ...(await compare(options)),
    ...(await compareClients(options)),
    ...(await compareNest(options)),
  ];
  const latencyRuns = await compareLatency(options);
  const growthRuns = await measureGrowth(options);
  const resourcesRuns = await measureResources(options);
  if (runs.length + latencyRuns.length + growthRuns.length + resourcesRuns.length === 0)
    throw new Error(NOTHING);
  const rows = summarise(runs);
  const latency = summariseLatency(latencyRuns);
  const growth = summariseGrowth(growthRuns);
  const resources = summariseResources(resourcesRuns);
  const summary = { rows, latency, growth, resources };
  await writeReport(options, summary, {
    machine,
    options,
    ...summary,
    runs,
    latencyRuns,
    growthRuns,
    resourcesRuns,
  });
  print(terminalText(summary));
  if (missing.length > 0) print(leftOut(missing));
  print(`Figures: ${Object.values(reportFiles(options)).join(', ')}`);
}

async function benchAgainst(commitish: string, options: BenchOptions): Promise<void> {
  const { commit, otherPackages, runs } = await compareWithCommit(commitish, options);
  if (runs.length === 0) throw new Error(NOTHING);
  const rows = summariseAgainst(runs);
  await writeFigures(options.json, { options, commit, rows, runs });
  print(['', terminal(againstTable(rows, commit)), '', ...againstNotes(otherPackages), ''].join('\n'));
  print(`Figures: ${options.json}`);
}

function leftOut(missing: readonly string[]): string {
  return `peers that are not installed: ${missing.join(', ')}; tools/bench/install-peers.sh gets them from Debian`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
