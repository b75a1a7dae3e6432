import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { WIRES, type WireName } from '../../wires/wires';
import { RawConnection } from '../raw-connection';

/** What connections say before they are silent; `subscribe`: to one topic, or each to its own. */
export type Greeting = 'nothing' | 'hello' | 'subscribe to one' | 'subscribe to own';

export interface ConnectionsPlan {
  readonly port: number;
  readonly connections: number;
  readonly greeting: Greeting;
  /** How to greet; none is needed where nothing is said. */
  readonly wire?: WireName;
}

/** Connections that are opened at a time: less than a listener's backlog. */
const AT_A_TIME = 50;
/** Files that a process has open beside its connections. */
const OTHER_FILES = 200;

/** Opens them all and tells the bench so; they stay until this process is ended. */
export async function runConnections(): Promise<void> {
  const [plan] = (await once(process, 'message')) as [ConnectionsPlan];
  const { length } = await openConnections(plan);
  process.send!(length);
}

/** Throws what a person can do when the system does not let a process have so many. */
export async function openConnections(plan: ConnectionsPlan): Promise<RawConnection[]> {
  checkOpenFiles(plan.connections);
  const connections: RawConnection[] = [];
  while (connections.length < plan.connections) {
    const first = connections.length;
    const count = Math.min(AT_A_TIME, plan.connections - first);
    const opening = Array.from({ length: count }, (_, index) =>
      RawConnection.open(plan.port, openingsOf(plan, first + index), undefined),
    );
    connections.push(...(await Promise.all(opening)));
  }
  return connections;
}

/** `limits`: what `/proc/<pid>/limits` says; nothing is checked where there is none. */
export function checkOpenFiles(connections: number, limits = ownLimits()): void {
  const allowed = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
  const needed = connections + OTHER_FILES;
  if (allowed >= needed) return;
  throw new Error(
    `${connections} connections need ${needed} open files in each process, and ${allowed} are allowed here: ` +
      `raise the limit (ulimit -Hn ${needed}, as root), or ask for fewer with --count`,
  );
}

function ownLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}

function openingsOf({ greeting, wire }: ConnectionsPlan, index: number) {
  if (greeting === 'nothing' || wire === undefined) return [];
  const topic = greeting === 'subscribe to own' ? `idle.${index}` : 'idle';
  const traffic = { topic, payload: '{}', burst: 1, subscribers: 0, limit: 1 };
  const side = greeting === 'hello' ? WIRES[wire].publisher(traffic) : WIRES[wire].subscriber!(traffic);
  return side.openings;
}
