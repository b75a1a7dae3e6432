import type { StoragePolicy } from '@pochta/protocol';
import type { StoreCapabilities } from '../src/message-store';
import { describeAppending } from './appending-suite';
import { describeDeadLetterGroups } from './dead-letter-groups-suite';
import { describeDeadLetters } from './dead-letters-suite';
import { describeDedupe } from './dedupe-suite';
import { describeCompaction } from './compaction-suite';
import { describeDelays } from './delays-suite';
import { describeExpiry } from './expiry-suite';
import { describeHoles } from './holes-suite';
import { describeGroupLifecycle } from './group-lifecycle-suite';
import { describeGroupModel } from './group-model-suite';
import { describeGroupRetention } from './group-retention-suite';
import { describeRedeliveryAfterRestart } from './group-restart-suite';
import { describeGroups } from './groups-suite';
import { describeGroupOrder } from './key-order-suite';
import { describeLifecycle } from './lifecycle-suite';
import { describeLimits } from './limits-suite';
import { describeModel } from './model-suite';
import { describePriorities } from './priorities-suite';
import { describeReading } from './reading-suite';
import { describeRedelivery } from './redelivery-suite';
import { describeRedrive } from './redrive-suite';
import { describeRestart, type Survival } from './restart-suite';
import { StoreFixture, type StorePlace } from './store-fixture';
import { describeTails } from './tails-suite';
import { describeTaking } from './taking-suite';
import { describeTopics } from './topics-suite';
import { describeTransactionAcks } from './transaction-acks-suite';
import { describeTransactions } from './transactions-suite';

/** An engine, and what is expected of it. */
export interface StoreExpectations {
  readonly engine: string;
  readonly capabilities: StoreCapabilities;
  /** A new, empty place. */
  place(): StorePlace;
  /** `storage` of the topics that are tested; default `disk`. */
  readonly storage?: StoragePolicy;
  /** What a restart leaves of such a topic; default: by the capability `durable`, all or nothing. */
  readonly survives?: Survival;
}

/** The suite that every storage engine must pass. Each of its parts gets the fixture of the test that runs. */
export function describeMessageStore(name: string, expectations: StoreExpectations): void {
  describe(`${name} is a message store`, () => {
    let fixture: StoreFixture;
    const current = (): StoreFixture => fixture;

    beforeEach(async () => {
      fixture = new StoreFixture(expectations.place(), { storage: expectations.storage ?? 'disk' });
      await fixture.open();
    });
    afterEach(() => fixture.remove());

    test('has the name and the capabilities that it is expected to have', () => {
      expect(fixture.store.engine).toBe(expectations.engine);
      expect(fixture.store.capabilities).toEqual(expectations.capabilities);
    });

    describeTopics(current);
    describeAppending(current);
    describeLimits(current);
    describeDedupe(current);
    describeReading(current);
    describeTaking(current);
    describeTails(current);
    describeDeadLetters(current);
    const survives = expectations.survives ?? (expectations.capabilities.durable ? 'all' : 'nothing');
    if (expectations.capabilities.priorities) {
      describePriorities(current, survives);
      describeHoles(current, survives);
    }
    if (expectations.capabilities.compaction) describeCompaction(current, survives);
    if (expectations.capabilities.delays) describeDelays(current, survives);
    if (expectations.capabilities.expiry) describeExpiry(current, survives);
    describeRedrive(current, survives);
    const { transactions } = expectations.capabilities;
    const supported = transactions && expectations.storage !== 'memory';
    describeTransactions(current, supported, survives);
    if (expectations.capabilities.groups) describeDeadLetterGroups(current);
    if (supported && expectations.capabilities.groups) describeTransactionAcks(current, survives);
    if (canAll(expectations.capabilities)) describeModel(current, survives);
    describeGroups(current);
    describeGroupLifecycle(current, survives);
    describeGroupRetention(current, survives);
    describeRedelivery(current);
    if (survives === 'all') describeRedeliveryAfterRestart(current);
    describeGroupOrder(current, survives);
    describeGroupModel(current, survives);
    describeLifecycle(current);
    describeRestart(current, survives);
  });
}

/** What the model takes for granted. */
function canAll({ priorities, delays, expiry, compaction }: StoreCapabilities): boolean {
  return priorities && delays && expiry && compaction;
}
