import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCommit } from './other-build';

let repository: string;

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd: repository,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

function commit(source: string): void {
  writeFileSync(join(repository, 'source'), source);
  git('add', 'source');
  git('commit', '-m', source);
}

/** Builds by copying, if the source is not broken. */
const NX = `#!/bin/sh
grep broken source && exit 1
mkdir -p dist/apps/broker && cp source dist/apps/broker/main.cjs
`;

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'pochta-bench-spec-'));
  git('init', '--initial-branch=main');
  mkdirSync(join(repository, 'node_modules/.bin'), { recursive: true });
  writeFileSync(join(repository, 'node_modules/.bin/nx'), NX);
  chmodSync(join(repository, 'node_modules/.bin/nx'), 0o755);
});
afterEach(() => rmSync(repository, { recursive: true, force: true }));

it('builds a commit beside the tree, and leaves nothing behind', async () => {
  commit('one');
  commit('two');
  writeFileSync(join(repository, 'source'), 'not committed');
  const build = await buildCommit('main~1', repository);
  expect(readFileSync(build.program, 'utf8')).toBe('one');
  expect(build.commit).toBe(git('rev-parse', '--short', 'main~1').trim());
  await build.remove();
  expect(existsSync(build.program)).toBe(false);
  expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1);
  // What the link leads to is still there.
  expect(existsSync(join(repository, 'node_modules/.bin/nx'))).toBe(true);
  expect(readFileSync(join(repository, 'source'), 'utf8')).toBe('not committed');
});

it('tells of packages that the commit has in other versions', async () => {
  writeFileSync(join(repository, 'package-lock.json'), '1');
  git('add', 'package-lock.json');
  commit('one');
  const same = await buildCommit('main', repository);
  writeFileSync(join(repository, 'package-lock.json'), '2');
  const other = await buildCommit('main', repository);
  expect([same.otherPackages, other.otherPackages]).toEqual([false, true]);
  await Promise.all([same.remove(), other.remove()]);
});

it('says what it cannot build', async () => {
  commit('broken');
  await expect(buildCommit('nothing', repository)).rejects.toThrow('there is no commit nothing');
  await expect(buildCommit('main', repository)).rejects.toThrow(/nx run broker:build .*ended \(1\):\nbroken/);
  expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1);
});
