import { errorFor } from '@pochta/protocol';
import { CommitQueue, type Commit } from './commit-queue';

/** A commit that notes what is staged in it, and fails when it holds `bad`. */
class NotedCommit implements Commit {
  readonly staged: string[] = [];
  state: 'open' | 'committed' | 'dropped' = 'open';

  constructor(readonly flush: () => void = () => undefined) {}

  async commit(): Promise<void> {
    if (this.staged.includes('bad')) throw errorFor('STORAGE_FULL');
    await Promise.resolve();
    this.flush();
  }

  advance(): void {
    this.state = 'committed';
  }

  rollback(): void {
    this.state = 'dropped';
  }

  announce(): void {
    // Nobody listens.
  }
}

describe('operations of one turn', () => {
  const full = { status: 'rejected', reason: { code: 'STORAGE_FULL' } };
  const done = { status: 'fulfilled' };
  let time: number;
  let commits: NotedCommit[];
  let queue: CommitQueue<NotedCommit>;
  beforeEach(() => {
    time = 0;
    commits = [];
    const begin = (): NotedCommit => {
      const commit = new NotedCommit();
      commits.push(commit);
      return commit;
    };
    queue = new CommitQueue(begin, () => time);
  });

  const submit = (name: string, ms: number): Promise<string> =>
    queue.submit((commit) => {
      time += ms;
      commit.staged.push(name);
      return name;
    });
  const staged = (): string[][] => commits.map((commit) => commit.staged);

  it('are one commit when they are quick', async () => {
    await Promise.all(Array.from({ length: 1000 }, (_, index) => submit(String(index), 0)));
    expect(commits.length).toBe(1);
  });

  it('were all staged in one go, however long that took: they are several commits, in their order', async () => {
    const all = Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => submit(name, 10)));
    await queue.idle();
    expect(staged()).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(await all).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('let other work have its turn in between', async () => {
    const all = Promise.all(['a', 'b', 'c'].map((name) => submit(name, 100)));
    const seen = await new Promise((resolve) => setImmediate(() => resolve(staged())));
    expect(seen).toEqual([['a']]);
    await all;
    expect(staged()).toEqual([['a'], ['b'], ['c']]);
  });

  it('that come later go behind those that wait', async () => {
    const early = ['a', 'b', 'c'].map((name) => submit(name, 20));
    await early[0];
    await Promise.all([...early, submit('d', 0)]);
    expect(staged()).toEqual([['a'], ['b'], ['c'], ['d']]);
  });

  it('fail alone when there is no space for them: the commit is tried again in parts', async () => {
    const all = ['a', 'b', 'c', 'bad', 'e', 'f'].map((name) => submit(name, 0));
    const late = all[0].then(() => submit('late', 0));
    expect(await Promise.allSettled(all)).toMatchObject([done, done, done, full, done, done]);
    await late;
    expect(commits.filter(({ state }) => state === 'committed').flatMap((commit) => commit.staged)).toEqual([
      ...['a', 'b', 'c', 'e', 'f'],
      'late',
    ]);
  });

  it('all fail when there is no space at all, and are tried no more than twice each, on the average', async () => {
    const names = Array.from({ length: 100 }, () => 'bad');
    const all = await Promise.allSettled(names.map((name) => submit(name, 0)));
    expect(all).toMatchObject(names.map(() => full));
    expect(commits.length).toBeLessThan(200);
    await submit('next', 0);
  });

  it.each([errorFor('STORAGE_FAILED'), new Error('broken')])(
    'fail alone when they throw %s, and leave nothing of what they staged',
    async (error) => {
      const breakOff = queue.submit.bind(queue, (commit: NotedCommit) => {
        commit.staged.push('half');
        throw error;
      });
      const all = [submit('a', 0), breakOff(), submit('b', 0), breakOff(), breakOff(), submit('c', 0)];
      const failed = { status: 'rejected', reason: { code: 'STORAGE_FAILED' } };
      expect(await Promise.allSettled(all)).toMatchObject([done, failed, done, failed, failed, done]);
      const kept = commits.filter(({ state }) => state === 'committed');
      expect(kept.flatMap((commit) => commit.staged)).toEqual(['a', 'b', 'c']);
    },
  );

  it('are not staged again because one of them was refused', async () => {
    const refused = queue.submit(() => {
      throw errorFor('TOPIC_UNKNOWN');
    });
    const all = [submit('a', 0), refused, submit('b', 0)];
    const reason = { code: 'TOPIC_UNKNOWN' };
    expect(await Promise.allSettled(all)).toMatchObject([done, { status: 'rejected', reason }, done]);
    expect(staged()).toEqual([['a', 'b']]);
  });

  it('fail together when no commit can be begun', async () => {
    const broken = new CommitQueue<NotedCommit>(
      () => {
        throw errorFor('STORAGE_FULL');
      },
      () => (time += 100),
    );
    const all = ['a', 'b'].map(() => broken.submit(() => undefined));
    expect(await Promise.allSettled(all)).toMatchObject([full, full]);
    await broken.idle();
  });
});

describe('behind a commit that took 2 ms', () => {
  let time: number;
  let commits: NotedCommit[];
  let queue: CommitQueue<NotedCommit>;
  /** What comes while the first commit is under way. */
  let meanwhile: (() => void) | undefined;
  beforeEach(() => {
    time = 0;
    commits = [];
    meanwhile = undefined;
    const flush = (): void => {
      time += 2;
      meanwhile?.();
      meanwhile = undefined;
    };
    const begin = (): NotedCommit => {
      const commit = new NotedCommit(flush);
      commits.push(commit);
      return commit;
    };
    queue = new CommitQueue(begin, () => time);
  });

  const submit = (name: string): Promise<void> => queue.submit((commit) => void commit.staged.push(name));
  const staged = (): string[][] => commits.map((commit) => commit.staged);
  /** Enough for all to be told of a commit, and for one to be made that waits for nobody. */
  const turns = async (): Promise<void> => {
    for (let left = 5; left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
  };

  it('who publishes again when told so is in one commit with those that waited meanwhile', async () => {
    let waited: Promise<void> | undefined;
    meanwhile = () => void (waited = submit('b'));
    await submit('a');
    await turns();
    await Promise.all([submit('a again'), waited]);
    expect(staged()).toEqual([['a'], ['b', 'a again']]);
  });

  it('nobody waits longer than a millisecond for who does not publish again', async () => {
    let waited: Promise<void> | undefined;
    meanwhile = () => void (waited = submit('b'));
    await submit('a');
    await turns();
    time += 0.9;
    await turns();
    expect(staged()).toEqual([['a']]);
    time += 0.1;
    await waited;
    expect(staged()).toEqual([['a'], ['b']]);
  });

  it('who publishes alone does not wait', async () => {
    await submit('a');
    await turns();
    await submit('a again');
    expect(staged()).toEqual([['a'], ['a again']]);
  });
});
