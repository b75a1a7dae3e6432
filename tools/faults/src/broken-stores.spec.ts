import { cleanUp } from '@pochta/testing';
import * as broken from '../testing/broken-stores';
import { HostedBroker, type Sabotage } from '../testing/hosted-broker';
import { ENGINE_FEATURES } from './features';
import { violations } from './invariants';
import type { CodecChoice } from './plan/codec-turns';
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
function shortPlan(codec: CodecChoice): RoundPlan {
  const plan = planRound(1, MESSAGES, FEATURES, codec);
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
  // Few are taken, and purged often, so that there is something to purge whatever the pace.
  const purgers = plan.purgers.map((purger) => ({ ...purger, at: [0.5, 0.6, 0.7, 0.8, 0.9] }));
  const takers = plan.takers.map((taker) => ({ ...taker, takes: 3 }));
  return {
    ...plan,
    topics,
    takers,
    purgers,
    faults: [...faults, ...cuts].sort((one, other) => one.at - other.at),
  };
}

async function violatedBy(sabotage: Sabotage, codec: CodecChoice, patience?: number): Promise<string[]> {
  const plan = shortPlan(codec);
  const broker = await HostedBroker.prepare(plan.topics, sabotage);
  const { history } = await new Round(plan, broker, { patience }).run();
  return [...new Set(violations(history).map(({ invariant }) => invariant))];
}

type Broken = [what: string, sabotage: Sabotage, invariant: string];

/** Some that do not take long, which each codec has to show alone. */
const ALONE: readonly Broken[] = [
  ['changes the order of messages', broken.reordering, 'publish-order'],
  ['gives messages twice', broken.stuttering, 'plain-order'],
  ['tears transactions', broken.tearing, 'whole-transactions'],
  ['forgets acks', broken.forgettingAcks, 'lasting-acks'],
];

const OTHERS: readonly Broken[] = [
  ['gives messages away twice', broken.givingTwice, 'takings'],
  ['keeps what it is to purge', broken.keeping, 'takings'],
  ['stores what it refuses', broken.refusingInVain, 'identity'],
  ['hides holes', broken.hidingHoles, 'plain-order'],
  ['drops dead letters', broken.burying, 'arrival'],
  ['loses messages', broken.losing, 'arrival'],
  ['confirms early', broken.confirmingEarly, 'arrival'],
  ['does not know repeats', broken.repeating, 'identity'],
  ['mixes up what messages carry', broken.mixingUp, 'intactness'],
  ['never lets messages expire', broken.neverExpiring, 'expiry'],
  ['passes over messages', broken.skipping, 'plain-order'],
  ['denies what it committed', broken.denyingCommits, 'whole-transactions'],
  ['forgets the acks of transactions', broken.publishingOnly, 'lasting-acks'],
  ['lets keys overtake themselves', broken.forgettingKeys, 'key-order'],
  ['hands nothing out any more', broken.standingStill, 'expected-answers'],
];

describe.each<CodecChoice>(['mixed', 'json-lines', 'binary'])('codec %s', (codec) => {
  it('nothing is found where nothing is broken', async () => {
    expect(await violatedBy(() => ({}), codec)).toEqual([]);
  });

  it.each(codec === 'mixed' ? [...ALONE, ...OTHERS] : ALONE)(
    'it is found when a store %s',
    async (_, sabotage, invariant) => {
      expect(await violatedBy(sabotage, codec, PATIENCE)).toContain(invariant);
    },
  );
});
