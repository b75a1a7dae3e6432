import { againstNotes, againstTable, summariseAgainst, type AgainstRun } from './against-report';
import { terminal } from './table';

const both = (tree: number, commit: number, serverCpu?: number): AgainstRun => ({
  tree: { case: 'fan-out', contender: 'pochta: lmdb', perSecond: tree, serverCpu },
  commit: { case: 'fan-out', contender: 'pochta: lmdb', perSecond: commit, serverCpu },
});

it('compares each round by itself, since machines change their pace', () => {
  const [row] = summariseAgainst([both(1200, 1000, 1), both(150, 100, 1), both(9, 10, 1)]);
  expect(row.rates).toEqual({ median: 1.2, min: 0.9, max: 1.5 });
  expect(row.cpuTimes?.median).toBeCloseTo(1 / 1.2);
  expect(terminal(againstTable([row], 'abc1234')).split('\n')).toEqual([
    expect.stringMatching(/^case +contender +this tree +abc1234 +ratio +spread +CPU a message +spread$/),
    expect.stringMatching(/^fan-out +pochta: lmdb +150 +100 +1\.20 +0\.90 - 1\.50 +0\.83 +0\.67 - 1\.11$/),
  ]);
});

it('leaves out CPU time that is not known, and tells of other packages', () => {
  const [row] = summariseAgainst([both(2, 1)]);
  expect(row.cpuTimes).toBeUndefined();
  expect(againstNotes(false)).not.toContainEqual(expect.stringContaining('package-lock'));
  expect(againstNotes(true)).toContainEqual(expect.stringContaining('package-lock'));
});
