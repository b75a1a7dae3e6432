import type { FaultCounts } from '../faults/fault-runner';
import type { Event } from '../history/events';
import type { History } from '../history/history';
import type { Violation } from '../invariants';
import type { FaultsOptions } from '../options';
import type { Features } from '../plan/round-plan';

/** Characters of what the broker said last. */
const SAID = 3000;
/** Violations that are told with the history of their messages; the others in one line each. */
const TOLD = 3;
/** Lines of history for one violation. */
const LINES = 400;

/** What happened in a round, as numbers. */
export interface RoundSummary {
  readonly confirmed: number;
  readonly refused: number;
  readonly deliveries: number;
  readonly settled: number;
  readonly transactions: number;
  readonly deadLetters: number;
  readonly taken: number;
  readonly gaps: number;
}

export function summarise(history: History): RoundSummary {
  const count = (holds: (event: Event) => boolean) => history.events.filter(holds).length;
  const transactions = new Set<number>();
  for (const event of history.events)
    if (event.type === 'settling' && event.verb === 'transaction') transactions.add(event.request);
  return {
    confirmed: count(({ type }) => type === 'confirmed'),
    refused: count(({ type }) => type === 'refused'),
    deliveries: count(({ type }) => type === 'delivered'),
    settled: count((event) => event.type === 'settled' && event.code === undefined),
    transactions: count(
      (event) => event.type === 'settled' && event.code === undefined && transactions.has(event.request),
    ),
    deadLetters: count(
      (event) => event.type === 'delivered' && event.actor === 'auditor' && event.deadLetter !== undefined,
    ),
    taken: count((event) => event.type === 'taken' && event.id !== undefined),
    gaps: count(({ type }) => type === 'gap'),
  };
}

/** One line for a round without violations. */
export function roundLine(
  round: string,
  seconds: number,
  summary: RoundSummary,
  faults: FaultCounts,
): string {
  const { confirmed, refused, deliveries, settled, transactions, deadLetters, taken } = summary;
  const happened = Object.entries(faults).map(([type, count]) => `${type} ${count}`);
  return (
    `${round}: ${seconds.toFixed(1)} s; confirmed ${confirmed}, refused ${refused}, deliveries ${deliveries}, ` +
    `settlements ${settled} (transactions ${transactions}), dead letters ${deadLetters}, taken ${taken}; faults: ${happened.join(', ')}`
  );
}

/** What is broken, how it came about, and what the broker said. */
export function violationReport(history: History, violations: readonly Violation[], said: string): string {
  const parts = violations.map(({ invariant, text, ids }, index) => {
    const lines = index < TOLD ? historyOf(history, new Set(ids)) : [];
    return [`VIOLATED ${invariant}: ${text}`, ...lines.map((line) => `    ${line}`)].join('\n');
  });
  return [...parts, 'The broker said last:', said.slice(-SAID).trim() || '(nothing)'].join('\n');
}

/** The command that runs the same plan again. */
export function repeatCommand({ seed, messages, engine, codec }: FaultsOptions): string {
  return `npm run faults -- --rounds 1 --messages ${messages} --engine ${engine} --codec ${codec} --seed ${seed}`;
}

/** What an engine cannot do; `undefined` when it can do all. */
export function leftOut(features: Features): string | undefined {
  const names = {
    durable: 'kills (nothing outlives them)',
    transactions: 'transactions',
  };
  const missing = Object.entries(names).filter(([name]) => !features[name as keyof Features]);
  return missing.length === 0 ? undefined : missing.map(([, text]) => text).join('; ');
}

function historyOf(history: History, ids: ReadonlySet<string>): string[] {
  if (ids.size === 0) return [];
  const places = new Set<string>();
  for (const event of history.events) {
    if (event.type === 'delivered' && ids.has(event.id)) places.add(`${event.topic} ${event.sequence}`);
  }
  const requests = new Set<number>();
  const start = history.events[0]?.at ?? 0;
  const lines: string[] = [];
  for (const event of history.events) {
    if (event.type === 'settling' && concerns(event, ids, places)) requests.add(event.request);
    if (!isTold(event, ids, places, requests)) continue;
    const { at, ...rest } = event;
    lines.push(`${((at - start) / 1000).toFixed(3)} ${JSON.stringify(rest).slice(0, 600)}`);
  }
  const surplus = lines.length - LINES;
  if (surplus <= 0) return lines;
  const half = LINES / 2;
  return [...lines.slice(0, half), `... ${surplus} more ...`, ...lines.slice(-half)];
}

function concerns(
  { topic, sequences, publishes = [] }: Extract<Event, { type: 'settling' }>,
  ids: ReadonlySet<string>,
  places: ReadonlySet<string>,
): boolean {
  return (
    sequences.some((sequence) => places.has(`${topic} ${sequence}`)) ||
    publishes.some(({ id }) => ids.has(id))
  );
}

function isTold(
  event: Event,
  ids: ReadonlySet<string>,
  places: ReadonlySet<string>,
  requests: ReadonlySet<number>,
): boolean {
  switch (event.type) {
    case 'broker':
    case 'clock':
    case 'unexpected':
      return true;
    case 'sent':
      return ids.has(event.message.id);
    case 'confirmed':
    case 'refused':
    case 'delivered':
      return ids.has(event.id);
    case 'taken':
      return event.id !== undefined && ids.has(event.id);
    case 'purging':
    case 'purged':
      return true;
    case 'settling':
    case 'settled':
      return requests.has(event.request);
    case 'gap':
      return [...places].some((place) => {
        const [topic, sequence] = place.split(' ');
        return topic === event.topic && event.from <= Number(sequence) && Number(sequence) <= event.to;
      });
    case 'taking':
    case 'opened':
    case 'closed':
    case 'audited':
      return false;
  }
}
