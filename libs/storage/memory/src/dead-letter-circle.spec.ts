import { DEFAULT_TOPIC_POLICY, type TopicPolicy } from '@pochta/protocol';
import { ManualClock, type LedgerEntry } from '@pochta/storage-contract';
import { batchOf, tailsTold } from '@pochta/storage-contract/testing';
import { EmbeddedStore } from '@pochta/storage-embedded';
import { MemoryMedium } from './memory-medium';
import { VolatileLedger } from './volatile-ledger';

/** A ledger as an old data folder has it: dead letters of a go to b, those of b to c, and those of c to a. */
class OldLedger extends VolatileLedger {
  constructor(private readonly policy: Partial<TopicPolicy>) {
    super();
  }

  override *entries(): Iterable<LedgerEntry> {
    for (const [name, deadLetterTopic] of ['ab', 'bc', 'ca', 'xa']) {
      const policy = { ...DEFAULT_TOPIC_POLICY, ...this.policy, deadLetterTopic };
      yield { name, policy, epoch: 'e', nextSequence: 1 };
    }
  }
}

describe('an old circle of dead-letter topics', () => {
  const open = async (policy: Partial<TopicPolicy>) => {
    const clock = new ManualClock();
    const store = new EmbeddedStore('memory', new MemoryMedium(new OldLedger(policy)), { clock });
    await store.open();
    const sequences = () => ['a', 'b', 'c', 'x'].map((name) => store.describe(name)!.nextSequence);
    const pass = async (times: number) => {
      for (let turn = 0; turn < times; turn++) {
        clock.advance(1);
        await tailsTold();
      }
    };
    return { store, sequences, pass };
  };

  test('passed one message round for ever: it goes no further than to the next topic', async () => {
    const { store, sequences, pass } = await open({ maxAge: 1, deadLetterExpired: true });
    await store.append('a', batchOf(['m']));
    await store.append('x', batchOf(['n']));
    await pass(50);
    // From a to b; from x to a and on to b, since x is in no circle.
    expect(sequences()).toEqual([3, 3, 1, 2]);
    for (const name of store.topics()) expect(store.describe(name)).toMatchObject({ messages: 0 });
    await store.close();
  });

  test('passed on what was pushed out', async () => {
    const { store, sequences } = await open({ maxMessages: 1, overflow: 'dead-letter' });
    for (const text of ['1', '2', '3', '4']) await store.append('a', batchOf([text]));
    // Dead letters push nothing out by themselves.
    await store.append('b', batchOf(['5']));
    expect(sequences()).toEqual([5, 5, 1, 1]);
    expect(store.describe('b')).toMatchObject({ messages: 1 });
    await store.close();
  });

  test('stays while other settings change, and cannot be made again once it is gone', async () => {
    const { store } = await open({});
    const { policy } = store.describe('a')!;
    await store.updateTopic('a', { ...policy, maxMessages: 7 });
    await store.updateTopic('a', { ...policy, deadLetterTopic: '' });
    await expect(store.updateTopic('a', policy)).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: 'Dead letters would go in a circle: a -> b -> c -> a',
    });
    await store.close();
  });
});
