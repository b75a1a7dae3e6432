import { PochtaError } from '@pochta/protocol';
import type { RedriveFilter, RedriveResult } from '@pochta/storage-contract';
import type { TopicCommit } from '../commit/topic-commit';
import { RedriveSlice, type RedriveProgress } from './redrive-slice';

type Submit = <T>(work: (commit: TopicCommit) => T) => Promise<T>;

/**
 * Moves dead letters back to where they came from, in slices that are a commit each, so that others have their turn.
 * What becomes a dead letter after the first slice has begun is left alone, so that it ends.
 */
export async function redrive(submit: Submit, topic: string, filter: RedriveFilter): Promise<RedriveResult> {
  let progress: RedriveProgress = {
    position: filter.fromSequence ?? 0,
    end: filter.toSequence === undefined ? Infinity : filter.toSequence + 1,
    moved: 0,
    stayed: 0,
    full: new Set(),
  };
  const limit = filter.limit ?? Infinity;
  while (progress.position < progress.end && progress.moved < limit) {
    try {
      progress = await submit((commit) => new RedriveSlice(commit, topic, filter, progress).run());
    } catch (error) {
      if (progress.moved === 0 || !(error instanceof PochtaError)) throw error;
      return { moved: progress.moved, stayed: progress.stayed, failure: error.code };
    }
  }
  return { moved: progress.moved, stayed: progress.stayed };
}
