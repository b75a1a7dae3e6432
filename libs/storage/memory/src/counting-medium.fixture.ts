import type { MediumChanges, TopicRecord } from '@pochta/storage-embedded';
import { FaultyMedium } from './faulty-medium.fixture';

/** Counts what commits change, and what is read. */
export class CountingMedium extends FaultyMedium {
  /** Of each commit that was done: records that it put or removed, and batches that it removed. */
  readonly commits: { records: number; removed: number }[] = [];
  /** Records that were looked up. */
  lookedUp = 0;

  override record(topic: TopicRecord, key: Buffer): Buffer | undefined {
    this.lookedUp++;
    return super.record(topic, key);
  }

  /** How many records of one kind a topic has. */
  count(topic: number, space: number): number {
    const record = { key: topic } as TopicRecord;
    const all = this.records(record, Buffer.alloc(0), Buffer.alloc(5, 0xff));
    return all.filter(([key]) => key[4] === space).length;
  }

  override begin(): MediumChanges {
    const changes = super.begin();
    const counts = { records: 0, removed: 0 };
    const [putRecord, remove] = [changes.putRecord.bind(changes), changes.remove.bind(changes)];
    const commit = changes.commit.bind(changes);
    changes.putRecord = (...change) => {
      counts.records++;
      putRecord(...change);
    };
    changes.remove = (...change) => {
      counts.removed++;
      remove(...change);
    };
    changes.commit = () => {
      this.commits.push(counts);
      return commit();
    };
    return changes;
  }
}
