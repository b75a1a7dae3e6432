import { Facts } from '../history/facts';
import type { History } from '../history/history';
import { ackDeadlines } from './ack-deadlines';
import { arrival } from './arrival';
import { expectedAnswers } from './expected-answers';
import { expiry } from './expiry';
import { identity } from './identity';
import { intactness } from './intactness';
import { keyOrder } from './key-order';
import { lastingAcks } from './lasting-acks';
import { plainOrder } from './plain-order';
import { publishOrder } from './publish-order';
import { singleEffects } from './single-effects';
import { takings } from './takings';
import type { Invariant, Violation } from './violation';
import { wholeTransactions } from './whole-transactions';

export type { Invariant, Violation } from './violation';

export const INVARIANTS: readonly Invariant[] = [
  expectedAnswers,
  arrival,
  identity,
  intactness,
  expiry,
  plainOrder,
  publishOrder,
  keyOrder,
  lastingAcks,
  ackDeadlines,
  wholeTransactions,
  singleEffects,
  takings,
];

/** Most violations of one invariant that are told: what is broken is broken for many messages. */
const MOST = 20;

/** All broken promises, in the order of the invariants. */
export function violations(history: History, invariants: readonly Invariant[] = INVARIANTS): Violation[] {
  const facts = new Facts(history);
  const found: Violation[] = [];
  for (const { name, check } of invariants) {
    let count = 0;
    for (const violation of check(facts)) {
      if (++count > MOST) break;
      found.push({ invariant: name, ...violation });
    }
  }
  return found;
}
