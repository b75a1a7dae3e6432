const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const read = (file) => JSON.parse(readFileSync(join(__dirname, file), 'utf8'));

// Packages that are ESM only; Jest on Node 20 cannot require() them, so SWC turns them into CommonJS.
const esmOnly = [
  '@nestjs',
  'file-type',
  'load-esm',
  'strtok3',
  'token-types',
  'uint8array-extras',
  '@tokenizer',
].join('|');

const paths = Object.entries(read('tsconfig.base.json').compilerOptions.paths);

// What needs more of the machine than Node, such as gcc or root, is run by `test-system` alone.
const testMatch =
  process.env.SPECS === 'system'
    ? ['<rootDir>/**/*.system.spec.ts']
    : ['<rootDir>/**/*.spec.ts', '!**/*.system.spec.ts'];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // Against what hangs; a loaded machine may take long for what is right.
  testTimeout: 30_000,
  testMatch,
  moduleFileExtensions: ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs', 'json', 'node'],
  moduleNameMapper: Object.fromEntries(
    paths.map(([name, [source]]) => [`^${name}$`, join(__dirname, source)]),
  ),
  transform: { '^.+\\.[cm]?[tj]s$': ['@swc/jest', { ...read('.swcrc'), swcrc: false }] },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly})/)`],
  coverageDirectory: '<rootDir>/coverage',
};
