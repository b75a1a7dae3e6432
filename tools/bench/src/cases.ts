import type { Contender } from './contenders/contender';
import { forwarder } from './contenders/forwarder';
import { EVENT_WINDOW } from './contenders/nest/patterns';
import type { NestMeasure } from './contenders/nest/transport';
import { PEER_CONTENDERS } from './contenders/peers';
import { pochta } from './contenders/pochta';
import type { Greeting } from './load/resources/open-connections';

/** One publisher, and subscribers that each get every message. */
export interface FanOutCase {
  readonly kind: 'fan-out';
  readonly name: string;
  readonly subscribers: number;
  /** Bytes of a message. */
  readonly payloadBytes: number;
  readonly window: number;
  readonly burst: number;
}

/** One publisher with nobody to read, of a topic that is kept as safely as its contender keeps anything. */
export interface PublishCase {
  readonly kind: 'publish';
  readonly name: string;
  readonly payloadBytes: number;
  /** Most messages that are not confirmed. */
  readonly window: number;
  readonly burst: number;
}

/** One member of a consumer group, which acks what it gets. The reference has no groups: it runs `REFERENCE`. */
export interface GroupCase {
  readonly kind: 'group';
  readonly name: string;
  readonly payloadBytes: number;
  readonly prefetch: number;
  readonly topic: string;
  /** Messages stored before the group begins, with no publisher after that; with none, one publishes meanwhile. */
  readonly backlog: number;
}

/** One requester, and one responder that replies with as many bytes; nothing is stored. */
export interface RequestCase {
  readonly kind: 'request';
  readonly name: string;
  readonly payloadBytes: number;
  /** Most requests that are not answered. */
  readonly inFlight: number;
}

/** What is measured at each size of a topic, with LMDB only. */
export interface GrowthCase {
  readonly kind: 'growth';
  readonly name: string;
  readonly measure: 'publish' | 'get' | 'group' | 'start-up';
}

/** A Nest service and its client, by each transport. */
export interface NestCase {
  readonly kind: 'nest';
  readonly name: string;
  readonly measure: NestMeasure;
  readonly payloadBytes: number;
  /** Most requests that are not answered, or most messages that are emitted and not handled. */
  readonly window: number;
}

/** One publisher that keeps a schedule, whatever becomes of its messages, and one subscriber. */
export interface LatencyCase {
  readonly kind: 'latency';
  readonly name: string;
  readonly payloadBytes: number;
  readonly perSecond: number;
}

/** Work through each system's own Node client, one promise a message. */
export type ClientsCase = {
  readonly kind: 'clients';
  readonly name: string;
  readonly payloadBytes: number;
} & (
  | { readonly measure: 'fan-out' | 'publish'; readonly window: number }
  | { readonly measure: 'group'; readonly prefetch: number; readonly backlog: number }
  | { readonly measure: 'request'; readonly inFlight: number }
);

/** What a program needs before there is any load: memory and time. How many connections or topics is an option. */
export interface ResourcesCase {
  readonly kind: 'resources';
  readonly name: string;
  readonly measure: 'connections' | 'topics' | 'start-up';
  /** What the connections say. */
  readonly greeting?: Greeting;
}

export type BenchCase =
  | FanOutCase
  | PublishCase
  | GroupCase
  | RequestCase
  | GrowthCase
  | NestCase
  | LatencyCase
  | ClientsCase
  | ResourcesCase;

/** What the reference runs where it cannot do what the others do. */
export const REFERENCE: FanOutCase = {
  kind: 'fan-out',
  name: 'fan-out: 1 to 1 of 100 bytes',
  subscribers: 1,
  payloadBytes: 100,
  window: 20_000,
  burst: 500,
};

const publish = { kind: 'publish', payloadBytes: 100 } as const;
const group = { kind: 'group', payloadBytes: 100, prefetch: 1000 } as const;
const request = { kind: 'request', payloadBytes: 100 } as const;
const clients = { kind: 'clients', payloadBytes: 100 } as const;
const nest = { kind: 'nest', payloadBytes: 100 } as const;
const idle = { kind: 'resources', measure: 'connections' } as const;

export const CASES: readonly BenchCase[] = [
  REFERENCE,
  { ...REFERENCE, name: 'fan-out: 1 to 1 of 100 bytes (window 1000)', window: 1_000, burst: 100 },
  { ...REFERENCE, name: 'fan-out: 1 to 1 of 100 bytes (batches of 1)', burst: 1 },
  { ...REFERENCE, name: 'fan-out: 1 to 10 of 100 bytes', subscribers: 10 },
  { ...REFERENCE, name: 'fan-out: 1 to 100 of 100 bytes', subscribers: 100 },
  { ...REFERENCE, name: 'fan-out: 1 to 1 of 1 KiB', payloadBytes: 1024, burst: 60 },
  { ...REFERENCE, name: 'fan-out: 1 to 10 of 1 KiB', payloadBytes: 1024, burst: 60, subscribers: 10 },
  { ...REFERENCE, name: 'fan-out: 1 to 100 of 1 KiB', payloadBytes: 1024, burst: 60, subscribers: 100 },
  { ...publish, name: 'publish: 100 bytes (window 1)', window: 1, burst: 1 },
  { ...publish, name: 'publish: 100 bytes (window 1000)', window: 1_000, burst: 100 },
  { ...publish, name: 'publish: 100 bytes (window 20000)', window: 20_000, burst: 500 },
  { ...publish, name: 'publish: 1 KiB (window 1000)', payloadBytes: 1024, window: 1_000, burst: 100 },
  { ...group, name: 'group: 100 bytes', topic: 'group', backlog: 0 },
  { ...group, name: 'group: 100 bytes (backlog of 500000)', topic: 'backlog', backlog: 500_000 },
  { ...request, name: 'request: 100 bytes (1 in flight)', inFlight: 1 },
  { ...request, name: 'request: 100 bytes (64 in flight)', inFlight: 64 },
  { kind: 'latency', name: 'latency: 5000 a second of 100 bytes', payloadBytes: 100, perSecond: 5000 },
  { ...clients, name: 'clients: fan-out', measure: 'fan-out', window: 20_000 },
  { ...clients, name: 'clients: publish (window 1000)', measure: 'publish', window: 1_000 },
  {
    ...clients,
    name: 'clients: group (backlog of 300000)',
    measure: 'group',
    prefetch: 1_000,
    backlog: 300_000,
  },
  { ...clients, name: 'clients: request (1 in flight)', measure: 'request', inFlight: 1 },
  { ...clients, name: 'clients: request (64 in flight)', measure: 'request', inFlight: 64 },
  { ...nest, name: 'nest: request, 64 in flight', measure: 'request', window: 64 },
  { ...nest, name: 'nest: request, 1 in flight', measure: 'request', window: 1 },
  { ...nest, name: 'nest: emit, durable', measure: 'emit', window: EVENT_WINDOW },
  { ...nest, name: 'nest: decorated topic', measure: 'topic', window: EVENT_WINDOW },
  { kind: 'growth', name: 'growth: publish', measure: 'publish' },
  { kind: 'growth', name: 'growth: get', measure: 'get' },
  { kind: 'growth', name: 'growth: group', measure: 'group' },
  { kind: 'growth', name: 'growth: start-up', measure: 'start-up' },
  { kind: 'resources', name: 'resources: start-up and idle memory', measure: 'start-up' },
  { ...idle, name: 'resources: connections', greeting: 'nothing' },
  { ...idle, name: 'resources: connections that said hello', greeting: 'hello' },
  { ...idle, name: 'resources: subscribers of one topic', greeting: 'subscribe to one' },
  { ...idle, name: 'resources: subscribers of a topic each', greeting: 'subscribe to own' },
  { kind: 'resources', name: 'resources: topics', measure: 'topics' },
];

export const CONTENDERS: readonly Contender[] = [
  forwarder('message'),
  forwarder('chunk'),
  pochta('memory', 'binary'),
  pochta('memory', 'binary JSON'),
  pochta('memory', 'JSON lines'),
  pochta('lmdb', 'binary'),
  pochta('lmdb', 'JSON lines'),
  ...PEER_CONTENDERS,
];

/** A JSON object of exactly so many bytes, which look like a price and some text. */
export function payloadOf(bytes: number): string {
  const head = '{"symbol":"AAPL","price":187.32,"change":-0.41,"timestamp":1700000000.125,"note":"';
  const tail = '"}';
  return head + 'x'.repeat(bytes - head.length - tail.length) + tail;
}
