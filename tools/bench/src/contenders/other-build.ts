import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startProgram } from './child';
import { removeFolder, temporaryFolder, undoAtExit } from './leftovers';

/** The broker of another commit. */
export interface OtherBuild {
  /** The commit's hash, abbreviated. */
  readonly commit: string;
  /** Its built program. */
  readonly program: string;
  /** What was installed for this tree is what it uses; the commit asks for something else. */
  readonly otherPackages: boolean;
  remove(): Promise<void>;
}

/**
 * Builds the broker of a commit, as this tree's is built, in a worktree in the temporary folder, which goes when the bench
 * ends, however it does. `repository`: a folder of it. Throws when there is no such commit, or it cannot be built.
 */
export async function buildCommit(commitish: string, repository = process.cwd()): Promise<OtherBuild> {
  const git = gitIn(repository);
  const commit = await git('rev-parse', '--verify', '--quiet', `${commitish}^{commit}`).catch(() => {
    throw new Error(`--against: there is no commit ${commitish}`);
  });
  const root = await git('rev-parse', '--show-toplevel');
  const folder = await temporaryFolder();
  const tree = join(folder, 'tree');
  const removeTree = undoAtExit(() => removeWorktree(root, tree));
  const remove = async () => {
    removeTree();
    await removeFolder(folder);
  };
  try {
    await git('worktree', 'add', '--detach', tree, commit);
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
    await build(tree);
    return {
      commit: await git('rev-parse', '--short', commit),
      program: join(tree, 'dist/apps/broker/main.cjs'),
      otherPackages: await git('diff', '--quiet', commit, '--', 'package-lock.json').then(
        () => false,
        () => true,
      ),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function gitIn(folder: string) {
  return async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)('git', args, { cwd: folder })).stdout.trim();
}

/** Without the daemon, which would stay behind and watch a folder that goes. */
async function build(tree: string): Promise<void> {
  const env = { ...process.env, NX_DAEMON: 'false' };
  const nx = join(tree, 'node_modules/.bin/nx');
  await startProgram(nx, ['run', 'broker:build', '--output-style=static'], built, { cwd: tree, env });
}

/** For ever when it fails: whoever started it hears of that by itself. */
async function built(nx: Parameters<Parameters<typeof startProgram>[2]>[0]): Promise<void> {
  const [code] = (await once(nx, 'exit')) as [number | null];
  if (code !== 0) return new Promise(() => undefined);
}

/** Its link goes first, so that nothing can take what it leads to for a part of the tree. */
function removeWorktree(root: string, tree: string): void {
  rmSync(join(tree, 'node_modules'), { force: true });
  try {
    execFileSync('git', ['worktree', 'remove', '--force', tree], { cwd: root, stdio: 'ignore' });
  } catch {
    // It was not made yet; its folder goes in any case.
  }
}
