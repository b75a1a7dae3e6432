import type { Random } from './random';
import type { Features } from './round-plan';

/** Something bad. */
export type Fault =
  /** The broker is killed and started again, with its wall clock at real time plus `offset` ms. */
  | { readonly type: 'kill'; readonly offset: number }
  /** The wall clock of the running broker is set to real time plus `offset` ms. */
  | { readonly type: 'clock'; readonly offset: number }
  /** An actor's connection ends: after a part of what was to be written, or with a reset. */
  | { readonly type: 'cut'; readonly actor: string; readonly part: number | undefined }
  /** A member's connection ends when it has got the next delivery, before it settles it. */
  | { readonly type: 'die'; readonly actor: string }
  /** An actor does nothing until this much of the round's work is done. */
  | { readonly type: 'pause'; readonly actor: string; readonly until: number };

export interface PlannedFault {
  /** Part of the round's work, from 0 to 1, after which it is due. */
  readonly at: number;
  readonly fault: Fault;
}

/** ms; how far from real time the wall clock is set. */
const HOUR = 3600 * 1000;
/** Messages for each of this many faults of a kind: short rounds have fewer. */
const MESSAGES = { kill: 10_000, cut: 700, die: 2500, clock: 10_000, pause: 5000 };
/** A round has at least so many of a kind. */
const LEAST = 2;

interface Actors {
  readonly victims: readonly string[];
  readonly members: readonly string[];
}

export function faultPlan(
  random: Random,
  messages: number,
  { durable }: Features,
  { victims, members }: Actors,
): PlannedFault[] {
  const faults: PlannedFault[] = [];
  const plan = (count: number, fault: (at: number) => Fault) => {
    for (let i = 0; i < count; i++) {
      const at = random.next() * 0.95;
      faults.push({ at, fault: fault(at) });
    }
  };
  const count = (kind: keyof typeof MESSAGES) => Math.max(LEAST, Math.round(messages / MESSAGES[kind]));
  const offset = () => random.pick([-HOUR, 0, HOUR]);
  if (durable) plan(count('kill'), () => ({ type: 'kill', offset: offset() }));
  plan(count('clock'), () => ({ type: 'clock', offset: offset() }));
  plan(count('die'), () => ({ type: 'die', actor: random.pick(members) }));
  plan(count('cut'), () => ({
    type: 'cut',
    actor: random.pick(victims),
    part: random.chance(0.7) ? random.next() : undefined,
  }));
  plan(count('pause'), (at) => ({
    type: 'pause',
    actor: random.pick(victims),
    until: at + 0.02 + random.next() * 0.1,
  }));
  return faults.sort((one, other) => one.at - other.at);
}
