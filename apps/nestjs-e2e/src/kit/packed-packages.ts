import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command';

const DIST = join(__dirname, '../../../../dist');

/** Folders of what is published, as they are built. `@pochta/testing` is for this workspace only. */
const FOLDERS = [
  ...['broker-core', 'client', 'listener', 'nestjs', 'protocol', 'server'].map((name) => `libs/${name}`),
  ...['contract', 'embedded', 'lmdb', 'memory', 'routed'].map((name) => `libs/storage/${name}`),
  'apps/cli',
];

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, unknown>>;
}

/** A package as `npm pack` makes it. */
export interface PackedPackage {
  readonly name: string;
  readonly tarball: string;
  /** Paths of its files. */
  readonly files: readonly string[];
  /** What can be imported of it: `@pochta/nestjs`, `@pochta/nestjs/testing`. */
  readonly doors: readonly string[];
}

interface PackReport {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Packs all that is published into the folder. */
export async function packPackages(folder: string): Promise<PackedPackage[]> {
  const built = FOLDERS.map((path) => join(DIST, path));
  const report = await run('npm', ['pack', '--json', '--pack-destination', folder, ...built], folder);
  const packed: PackReport[] = Object.values(JSON.parse(report) as Record<string, PackReport>);
  const manifests = built.map(
    (path) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest,
  );
  return packed.map(({ name, filename, files }) => ({
    name,
    tarball: join(folder, filename),
    files: files.map(({ path }) => path),
    doors: doorsOf(name, manifests.find((manifest) => manifest.name === name)?.exports),
  }));
}

function doorsOf(name: string, exports: Manifest['exports'] = {}): string[] {
  return Object.keys(exports)
    .filter((door) => door !== './package.json')
    .map((door) => `${name}${door.slice(1)}`);
}
