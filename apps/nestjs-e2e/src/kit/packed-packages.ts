import { join } from 'node:path';
import { run } from './command';

/** What `npm run pack` does with the packages that are built. */
const PACK = join(__dirname, '../../../../tools/packages/pack.mjs');

interface Manifest {
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
  const report = await run(process.execPath, [PACK, '--json', folder], folder);
  const packed: PackReport[] = Object.values(JSON.parse(report) as Record<string, PackReport>);
  return Promise.all(
    packed.map(async ({ name, filename, files }) => {
      const tarball = join(folder, filename);
      const manifest = JSON.parse(
        await run('tar', ['-xOf', tarball, 'package/package.json'], folder),
      ) as Manifest;
      return {
        name,
        tarball,
        files: files.map(({ path }) => path),
        doors: doorsOf(name, manifest.exports),
      };
    }),
  );
}

function doorsOf(name: string, exports: Manifest['exports'] = {}): string[] {
  return Object.keys(exports)
    .filter((door) => door !== './package.json')
    .map((door) => `${name}${door.slice(1)}`);
}
