import { cleanUp } from '@pochta/testing';
import * as broken from '../testing/broken-stores';
import { HostedBroker, type Sabotage } from '../testing/hosted-broker';
import { ENGINE_FEATURES } from './features';
import { violations } from './invariants';
import type { PlannedFault } from './plan/fault-plan';
import { planRound, type RoundPlan } from './plan/round-plan';
import { Round } from './round';

const MESSAGES = 400;
const FEATURES = ENGINE_FEATURES.lmdb;
/** Beats without progress after which a round is given up, 2 s or more: a broken store makes members wait for ever. */
const PATIENCE = 10;
/** Groups that do not take long. */
const QUICK = { ackDeadline: 300, backoff: { min: 10, max: 50 } };

afterEach(cleanUp);

/** A short round; the clock of this process stays as it is. Producers are cut often, for there to be repeats. */
function shortPlan(): RoundPlan {
  const plan = planRound(1, MESSAGES, FEATURES);
  const faults = plan.faults
    .filter(({ fault }) => fault.type !== 'clock')
    .map(({ at, fault }) => ({ at, fault: fault.type === 'kill' ? { ...fault, offset: 0 } : fault }));
  const cuts = plan.producers.map(({ name: actor }, index): PlannedFault => ({
    at: index / plan.producers.length / 2,
    fault: { type: 'cut', actor, part: undefined },
  }));
  const topics = plan.topics.map((topic) => ({
    ...topic,
    groups: topic.groups.map((group) => ({ ...group, ...QUICK })),
  }));
  return { ...plan, topics, faults: [...faults, ...cuts].sort((one, other) => one.at - other.at) };
}

async function violatedBy(sabotage: Sabotage, patience?: number): Promise<string[]> {
  const plan = shortPlan();
  const broker = await HostedBroker.prepare(plan.topics, sabotage);
  const { history } = await new Round(plan, broker, { patience }).run();
  return [...new Set(violations(history).map(({ invariant }) => invariant))];
}

it('nothing is found where nothing is broken', async () => {
  expect(await violatedBy(() => ({}))).toEqual([]);
});

describe('it is found when a store', () => {
  it.each<[string, Sabotage, string]>([
    ['loses messages', broken.losing, 'arrival'],
    ['confirms early', broken.confirmingEarly, 'arrival'],
    ['does not know repeats', broken.repeating, 'identity'],
    ['changes the order of messages', broken.reordering, 'publish-order'],
    ['stores what it refuses', broken.refusingInVain, 'identity'],
    ['never lets messages expire', broken.neverExpiring, 'expiry'],
    ['passes over messages', broken.skipping, 'plain-order'],
    ['gives messages twice', broken.stuttering, 'plain-order'],
    ['hides holes', broken.hidingHoles, 'plain-order'],
    ['tears transactions', broken.tearing, 'whole-transactions'],
    ['denies what it committed', broken.denyingCommits, 'whole-transactions'],
    ['forgets the acks of transactions', broken.publishingOnly, 'lasting-acks'],
    ['forgets acks', broken.forgettingAcks, 'lasting-acks'],
    ['drops dead letters', broken.burying, 'arrival'],
    ['lets keys overtake themselves', broken.forgettingKeys, 'key-order'],
    ['hands nothing out any more', broken.standingStill, 'expected-answers'],
  ])('%s', async (_, sabotage, invariant) => {
    expect(await violatedBy(sabotage, PATIENCE)).toContain(invariant);
  });
});
