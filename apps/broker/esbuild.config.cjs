const { readFile } = require('node:fs/promises');
const { join } = require('node:path');
const base = require('../../esbuild.config.cjs');

const packages = join(__dirname, '../../node_modules');

/** Native, or looks for files of its own beside itself. */
const LEFT_IN_NODE_MODULES = ['lmdb', 'pino', 'pino-pretty'];
/** What Nest imports when an app is made; a second copy of Nest would not know the first one's classes. */
const PART_OF_NEST = /^@nestjs\/(microservices|platform-express)(\/|$)/;
/** Where a class begins in what TypeScript makes of Nest, and what gives it back the name that bundling changes. */
const CLASS = /^(?:export )?(?:let \w+ = )?class (\w+)[^{\n]*\{$/gm;
const NAMED = `Object.defineProperty(this, 'name', { value: '$1', configurable: true });`;

// One file loads in half the time of a thousand small ones.
const withPackages = {
  name: 'packages',
  setup(build) {
    // What Nest loads for those apps only that use it stays outside: Node finds it then.
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind, importer }) => {
      const whenNeeded = kind === 'dynamic-import' && importer.includes('node_modules');
      return whenNeeded && !PART_OF_NEST.test(path) ? { path, external: true } : undefined;
    });
    // Nest's classes log under their names. To keep those of functions too would cost a tenth of a decorated topic's time.
    build.onLoad({ filter: /[\\/]node_modules[\\/]@nestjs[\\/].*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { contents: source.replaceAll(CLASS, `$& static { ${NAMED} }`) };
    });
  },
};

/** @type {import('esbuild').BuildOptions} */
module.exports = {
  ...base,
  plugins: [...base.plugins, withPackages],
  packages: 'bundle',
  external: LEFT_IN_NODE_MODULES,
  // Their CommonJS builds load every check there is, and 250 KB of telephone numbers for one of them.
  alias: {
    'class-transformer/cjs/storage': join(packages, 'class-transformer/esm2015/storage.js'),
    'class-transformer': join(packages, 'class-transformer/esm2015/index.js'),
    'class-validator': join(packages, 'class-validator/esm2015/index.js'),
  },
  // Nest's ES modules ask where they are, to load from there.
  banner: { js: `const bundleUrl = require('node:url').pathToFileURL(__filename).href;` },
  define: { 'import.meta.url': 'bundleUrl' },
};
