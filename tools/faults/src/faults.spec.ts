import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultsOptions } from './options';
import { run } from './run';

const broker = join(__dirname, '../../../dist/apps/broker/main.cjs');
const OPTIONS: FaultsOptions = { rounds: 1, messages: 1000, seed: 3, engine: 'lmdb', codec: 'mixed', broker };
const usual = process.env.TMPDIR;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pochta-faults-spec-'));
  process.env.TMPDIR = folder;
});

afterEach(() => {
  if (usual === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = usual;
  rmSync(folder, { recursive: true, force: true });
});

async function outputOf(options: Partial<FaultsOptions>): Promise<[code: number, text: string]> {
  let text = '';
  const out = { write: (more: string) => (text += more) };
  const code = await run({ ...OPTIONS, ...options }, out);
  return [code, text];
}

it('the built broker keeps its promises in two short rounds, and nothing is left behind', async () => {
  const [code, text] = await outputOf({ rounds: 2 });
  expect(text).toContain('2 rounds, 2000 messages, no violation');
  expect(text).toMatch(/round 2 of 2, seed \d+: .* kill 2, clock 2, cut 2, die 2, pause 2/);
  expect(text).not.toContain('left out');
  expect(code).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
});

it.each(['json-lines', 'binary'] as const)('it keeps them where all speak %s', async (codec) => {
  const [code, text] = await outputOf({ codec });
  expect(text).toContain(`engine lmdb, codec ${codec}`);
  expect(text).toContain('1 rounds, 1000 messages, no violation');
  expect(code).toBe(0);
});

it('in memory it keeps those that do not need a disk', async () => {
  const [code, text] = await outputOf({ engine: 'memory' });
  expect(text).toContain(
    'left out, since this engine cannot do it: kills (nothing outlives them); transactions',
  );
  expect(text).toContain('1 rounds, 1000 messages, no violation');
  expect(code).toBe(0);
});
