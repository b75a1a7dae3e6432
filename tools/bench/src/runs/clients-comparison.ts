import { once } from 'node:events';
import { CASES, type ClientsCase } from '../cases';
import { CLIENT_CONTENDERS, type ClientContender } from '../contenders/clients';
import type { Running } from '../contenders/contender';
import type { ClientFindings, ClientWork, SubscriberFindings, SubscriberReady } from '../load/clients/plan';
import { chosen, chosenCase, type BenchOptions } from '../options';
import { installed } from '../peers/peer';
import type { Run } from '../report/report';
import { WARM_UP_MS } from './measured-load';
import { askRole, startRole } from './role';

const ROLE = 'plain-client';
/** Never refuses, but drops the oldest when it is full; and one that holds a backlog. */
const TOPICS = { live: 'bench', backlog: 'backlog' } as const;
const LIMIT = 100_000;
const FILL_WINDOW = 20_000;

/** Runs every system's own client in each chosen case in turns, each client in a process of its own. */
export async function compareClients(options: BenchOptions): Promise<Run[]> {
  const runs: Run[] = [];
  const contenders = chosenContenders(options).filter(isPresent);
  for (const clientsCase of clientsCases(options)) {
    for (let round = 1; round <= options.runs; round++) {
      for (const contender of contenders.filter((each) => takesPart(each, clientsCase))) {
        const { name } = clientsCase;
        process.stderr.write(`${name}, round ${round} of ${options.runs}: ${contender.name} ... `);
        const run = await runOne(clientsCase, contender, round, options);
        process.stderr.write(`${Math.round(run.perSecond).toLocaleString('en-US')} a second\n`);
        runs.push(run);
      }
    }
  }
  return runs;
}

/** Names of peers that the chosen cases would run, were they installed. */
export function missingClientPeers(options: BenchOptions): string[] {
  const cases = clientsCases(options);
  return chosenContenders(options)
    .filter((contender) => !isPresent(contender) && cases.some((each) => takesPart(contender, each)))
    .map(({ name }) => name);
}

function clientsCases(options: BenchOptions): ClientsCase[] {
  return CASES.filter((each) => each.kind === 'clients').filter((each) => chosenCase(each, options));
}

function chosenContenders({ only }: BenchOptions): ClientContender[] {
  return CLIENT_CONTENDERS.filter(({ name }) => chosen(name, only));
}

function isPresent({ peer }: ClientContender): boolean {
  return peer === undefined || installed(peer.program) !== undefined;
}

function takesPart({ measures }: ClientContender, { measure }: ClientsCase): boolean {
  return measures.includes(measure);
}

async function runOne(
  clientsCase: ClientsCase,
  contender: ClientContender,
  round: number,
  { seconds }: BenchOptions,
): Promise<Run> {
  const running = await contender.start();
  try {
    const { perSecond, cpu } = await measure(clientsCase, contender, running, seconds * 1000);
    const { kept, peer } = contender;
    const { measure: what, name } = clientsCase;
    return {
      case: name,
      contender: contender.name,
      round,
      reference: false,
      rival: peer !== undefined,
      perSecond,
      clientCpu: cpu.client,
      serverCpu: cpu.broker,
      serviceCpu: cpu.service,
      keeps: what === 'publish' || what === 'group' ? kept : undefined,
    };
  } finally {
    await running.stop();
  }
}

async function measure(
  clientsCase: ClientsCase,
  { client }: ClientContender,
  { port, pid: brokerPid }: Running,
  measureMs: number,
): Promise<ClientFindings> {
  const { payloadBytes } = clientsCase;
  const work = { client, port, topic: TOPICS.live, limit: LIMIT, payloadBytes };
  const times = { brokerPid, warmUpMs: WARM_UP_MS, measureMs };
  switch (clientsCase.measure) {
    case 'fan-out':
      return publishTo({ kind: 'subscribe', ...work }, (servicePid, countPort) => {
        const { window } = clientsCase;
        return ask({ kind: 'publish', ...work, ...times, window, servicePid, countPort });
      });
    case 'publish':
      return ask({ kind: 'publish', ...work, ...times, window: clientsCase.window });
    case 'group': {
      const { backlog: messages, prefetch } = clientsCase;
      const stored = { ...work, topic: TOPICS.backlog, limit: 2 * messages, messages };
      await ask({ kind: 'fill', ...stored, window: FILL_WINDOW });
      return ask({ kind: 'consume', ...stored, prefetch, brokerPid });
    }
    case 'request': {
      const responder = await startRole(ROLE, { kind: 'respond', ...work } satisfies ClientWork);
      const { inFlight } = clientsCase;
      const servicePid = responder.child.pid;
      return ask({ kind: 'request', ...work, ...times, inFlight, servicePid }).finally(responder.stop);
    }
  }
}

/** Has a subscriber take all that is published meanwhile. */
async function publishTo(
  work: ClientWork,
  publish: (servicePid: number | undefined, countPort: number) => Promise<ClientFindings>,
): Promise<ClientFindings> {
  const { child, value, stop } = await startRole<SubscriberReady>(ROLE, work);
  try {
    const findings = await publish(child.pid, value.countPort);
    child.send('finish');
    const [{ received, problem }] = (await once(child, 'message')) as [SubscriberFindings];
    if (problem !== undefined) throw new Error(problem);
    if (received !== findings.published)
      throw new Error(`${received} of ${findings.published} messages were delivered`);
    return findings;
  } finally {
    await stop();
  }
}

function ask(work: ClientWork): Promise<ClientFindings> {
  return askRole(ROLE, work);
}
