import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@pochta/testing/ports';
import { RunningProcess } from '@pochta/testing/processes';
import { inPairs } from './kit/in-pairs';
import { OutsideProject, type ProjectKind } from './kit/outside-project';
import { type PackedPackage, packPackages } from './kit/packed-packages';
import { run } from './kit/command';

const AROUND = {
  '@types/node': '20.19.43',
  'class-transformer': '0.5.1',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
};
const NEST_12 = {
  ...AROUND,
  '@nestjs/common': '12.1.1',
  '@nestjs/core': '12.1.1',
  '@nestjs/microservices': '12.1.1',
  'class-validator': '0.15.1',
  typescript: '6.0.3',
};
const NEST_11 = {
  ...AROUND,
  '@nestjs/common': '11.2.10',
  '@nestjs/core': '11.2.10',
  '@nestjs/microservices': '11.2.6',
  'class-validator': '0.14.4',
  typescript: '5.9.3',
};

const KINDS = {
  'Nest 12, ES modules': { type: 'module', dependencies: NEST_12, compiler: { module: 'nodenext' } },
  'Nest 12, CommonJS': { type: 'commonjs', dependencies: NEST_12, compiler: { module: 'nodenext' } },
  // As Nest's own command made them for years.
  'Nest 11, CommonJS': {
    type: 'commonjs',
    dependencies: NEST_11,
    compiler: { module: 'commonjs', moduleResolution: 'node10' },
  },
} as const satisfies Record<string, Omit<ProjectKind, 'title'>>;
type Title = keyof typeof KINDS;
const TITLES = Object.keys(KINDS) as Title[];

/** The door for specs of storage engines: whoever runs it needs Jest. Its types need nothing. */
const FOR_JEST = '@pochta/storage-contract/testing';

const folder = mkdtempSync(join(tmpdir(), 'pochta-packages-'));
const projects = new Map<Title, OutsideProject>();
let packages: PackedPackage[];
let doors: string[];

const projectOf = (title: Title): OutsideProject => projects.get(title)!;

beforeAll(async () => {
  packages = await packPackages(folder);
  doors = packages.flatMap((packed) => packed.doors);
  await inPairs(TITLES, async (title) => {
    const project = new OutsideProject(join(folder, title.replaceAll(/\W+/g, '-')), {
      title,
      ...KINDS[title],
    });
    await project.install(packages);
    projects.set(title, project);
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the packages', () => {
  it('hold what is for users, with licence and README, and nothing of the tests', () => {
    for (const { name, files } of packages) {
      expect([name, files]).toEqual([name, expect.arrayContaining(['LICENSE', 'README.md', 'package.json'])]);
      const others = files.filter(
        (path) => !/(\.d\.ts|\.js|main\.cjs|README\.md|LICENSE|package\.json)$/.test(path),
      );
      expect([name, others]).toEqual([name, []]);
      const tests = files.filter((path) => /\.(spec|fixture|child)\.|(^|\/)fixtures\//.test(path));
      expect([name, tests]).toEqual([name, []]);
    }
  });

  it('have the doors that the documents name', () => {
    const named = ['', '/broker', '/embedded', '/testing'].map((door) => `@pochta/nestjs${door}`);
    expect(doors).toEqual(
      expect.arrayContaining([...named, '@pochta/client', '@pochta/protocol', '@pochta/protocol/dto']),
    );
  });

  it('give an ES module every name that a CommonJS one can require', async () => {
    const script = `
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const missing = [];
      for (const door of ${JSON.stringify(doors.filter((door) => door !== FOR_JEST))}) {
        const imported = await import(door);
        for (const name of Object.keys(require(door))) if (!(name in imported)) missing.push(door + ': ' + name);
      }
      console.log(JSON.stringify(missing));`;
    const { folder: cwd } = projectOf('Nest 12, ES modules');
    expect(JSON.parse(await run(process.execPath, ['--input-type=module', '--eval', script], cwd))).toEqual(
      [],
    );
  });
});

describe('the types of every door, declarations checked and all strict options on', () => {
  it.each<Title>(['Nest 12, ES modules', 'Nest 11, CommonJS'])(
    'compile in a project of %s',
    async (title) => {
      const compilers = [
        { module: 'nodenext', moduleResolution: 'nodenext' },
        { module: 'esnext', moduleResolution: 'bundler' },
      ];
      await inPairs(compilers, (compiler) => projectOf(title).checkTypes(doors, compiler));
    },
  );
});

describe('a service outside this workspace', () => {
  beforeAll(() => inPairs(TITLES, (title) => projectOf(title).compile()));

  it.each(TITLES)(
    'on %s handles events with a retry and a dead letter, asks and is answered, and ends cleanly',
    async (title) => {
      const project = projectOf(title);
      const port = await freePort();
      const broker = new RunningProcess(project.program('pochta'), [
        'serve',
        `--port=${port}`,
        '--engine=memory',
      ]);
      await broker.stdout.until(`${port}`);

      const service = new RunningProcess(process.execPath, ['dist/main.js'], {
        cwd: project.folder,
        env: { BROKER_PORT: `${port}` },
      });
      for (const line of [
        'billed plain at delivery 1',
        'billed shy at delivery 2',
        'dead letter hopeless: max-deliveries',
        'price 42',
      ]) {
        await service.stdout.until(line);
      }
      service.signal('SIGTERM');
      expect(await service.exit).toEqual({ code: 0, signal: null });
      expect(service.stdout.text).toContain('closed by SIGTERM');
      broker.signal('SIGTERM');
      expect(await broker.exit).toEqual({ code: 0, signal: null });
    },
  );
});
