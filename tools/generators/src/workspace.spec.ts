import { userEnvironment } from '@pochta/testing/processes';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../../..');
/** What a fresh clone does not have. */
const NOT_CLONED = new Set(['node_modules', 'dist', '.nx', '.git', 'tmp', 'coverage', 'data']);
const execute = promisify(execFile);

/** A copy of this workspace as a newcomer has it: nothing is built. */
const workspace = mkdtempSync(join(tmpdir(), 'pochta-workspace-'));

beforeAll(() => {
  cpSync(ROOT, workspace, {
    recursive: true,
    filter: (path) =>
      !relative(ROOT, path)
        .split(sep)
        .some((part) => NOT_CLONED.has(part)),
  });
  symlinkSync(join(ROOT, 'node_modules'), join(workspace, 'node_modules'));
});

afterAll(() => rmSync(workspace, { recursive: true, force: true }));

/** Runs a program that npm installed. Rejects with what it said when it fails. */
async function npx(name: string, ...args: string[]): Promise<string> {
  const env = { ...userEnvironment(), NX_DAEMON: 'false' };
  try {
    const program = join(workspace, 'node_modules/.bin', name);
    return (await execute(program, args, { cwd: workspace, env })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${name} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** As lint, typecheck and test of the project do. */
async function check(project: string, ...specs: string[]): Promise<void> {
  await npx('prettier', '--check', project);
  await npx('tsc', '--noEmit', '-p', `${project}/tsconfig.json`);
  await npx('eslint', '--max-warnings', '0', project);
  await npx('jest', '--config', `${project}/jest.config.cjs`, ...specs);
}

it('a dry run changes nothing', async () => {
  const said = await npx('nx', 'g', '@pochta/tools:topic', 'invoices', '--dry-run');
  expect(said).toContain('CREATE apps/broker/src/topics/invoices.controller.ts');
  expect(existsSync(join(workspace, 'apps/broker/src/topics/invoices.controller.ts'))).toBe(false);
});

it('a topic of the broker is fit to be committed as it is, and its spec passes', async () => {
  await npx('nx', 'g', '@pochta/tools:topic', 'orders.created');
  await check('apps/broker', 'orders-created');
});

it('so is a service, and a second topic of it', async () => {
  await npx('nx', 'g', '@pochta/tools:consumer', 'billing');
  await npx('nx', 'g', '@pochta/tools:topic', 'refunds', '--project=billing');
  await check('apps/billing');
});

it('a second service of that name is refused, and why is said', async () => {
  await expect(npx('nx', 'g', '@pochta/tools:consumer', 'broker')).rejects.toThrow(
    'There is a project broker already; nothing was changed.',
  );
});
