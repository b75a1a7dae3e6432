// `npm run pack`: makes of what was built the packages as a registry would have them. They go into tmp/packages, or into the
// folder that is named, in place of those that are there. With --json it prints npm's report of them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** What is published; `@pochta/testing` is for this workspace only. */
const PUBLISHED = [
  ...['broker-core', 'client', 'listener', 'nestjs', 'protocol', 'server'].map((name) => `libs/${name}`),
  ...['contract', 'embedded', 'lmdb', 'memory', 'routed'].map((name) => `libs/storage/${name}`),
  'apps/cli',
];

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true });
const folder = resolve(positionals[0] ?? join(ROOT, 'tmp/packages'));
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) if (file.endsWith('.tgz')) rmSync(join(folder, file));

const built = PUBLISHED.map((path) => join(ROOT, 'dist', path));
const report = execFileSync('npm', ['pack', '--json', '--pack-destination', folder, ...built], {
  cwd: folder,
  encoding: 'utf8',
  maxBuffer: 16 * 1024 * 1024,
});
if (values.json) process.stdout.write(report);
else {
  const names = Object.values(JSON.parse(report)).map(({ filename }) => join(folder, filename));
  console.log(names.map((name) => relative(process.cwd(), name)).join('\n'));
  console.log(`\nIn a project of yours: npm install ${join(folder, '*.tgz')}`);
}
