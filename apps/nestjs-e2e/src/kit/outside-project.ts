import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command';
import type { PackedPackage } from './packed-packages';

const SOURCES = join(__dirname, '../../fixtures/outside');

/** What one project outside the workspace is like. */
export interface ProjectKind {
  readonly title: string;
  /** `type` of its package.json. */
  readonly type: 'module' | 'commonjs';
  /** Versions of what it installs beside the packed packages. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Compiler options of its service, on top of the strict ones. */
  readonly compiler: Readonly<Record<string, unknown>>;
}

/** Every check on: also of the declarations in node_modules. */
const STRICT = {
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  target: 'es2022',
  types: ['node'],
};

/** A fresh Nest project in a folder of its own, which knows nothing of the workspace. */
export class OutsideProject {
  constructor(
    readonly folder: string,
    private readonly kind: ProjectKind,
  ) {}

  /** Writes its sources, and installs the packed packages as from a registry. */
  async install(packages: readonly PackedPackage[]): Promise<void> {
    const { type, dependencies, compiler } = this.kind;
    mkdirSync(this.folder);
    cpSync(SOURCES, this.folder, { recursive: true });
    const packed = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]));
    this.#write('package.json', {
      name: 'outside',
      private: true,
      type,
      dependencies: { ...dependencies, ...packed },
    });
    this.#write('tsconfig.json', {
      compilerOptions: {
        ...STRICT,
        rootDir: 'src',
        outDir: 'dist',
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
        ...compiler,
      },
      include: ['src'],
    });
    await run(
      'npm',
      ['install', '--prefer-offline', '--no-audit', '--no-fund', '--strict-peer-deps'],
      this.folder,
    );
  }

  /** Compiles its service by its own TypeScript. Rejects with the compiler's complaints. */
  async compile(): Promise<void> {
    await this.#tsc('-p', 'tsconfig.json');
  }

  /** Compiles a file that imports all the doors, as an ES module and as a CommonJS one. */
  async checkTypes(doors: readonly string[], compiler: Readonly<Record<string, string>>): Promise<void> {
    const source = doors.map((door, n) => `export * as door${n} from '${door}';\n`).join('');
    const name = `types-${Object.values(compiler).join('-')}`;
    mkdirSync(join(this.folder, name));
    for (const extension of ['mts', 'cts']) {
      writeFileSync(join(this.folder, name, `doors.${extension}`), source);
    }
    this.#write(`${name}/tsconfig.json`, {
      compilerOptions: { ...STRICT, noEmit: true, ...compiler },
      include: ['.'],
    });
    await this.#tsc('-p', name);
  }

  /** Path of a program that it has installed. */
  program(name: string): string {
    return join(this.folder, 'node_modules/.bin', name);
  }

  async #tsc(...args: string[]): Promise<void> {
    await run(process.execPath, [join(this.folder, 'node_modules/typescript/bin/tsc'), ...args], this.folder);
  }

  #write(path: string, content: unknown): void {
    writeFileSync(join(this.folder, path), JSON.stringify(content, null, 2));
  }
}
