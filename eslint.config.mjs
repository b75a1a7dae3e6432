import eslint from '@eslint/js';
import nx from '@nx/eslint-plugin';
import jsonParser from 'jsonc-eslint-parser';
import tseslint from 'typescript-eslint';

/** Who may import whom, by tag: the table of docs/architecture.md. */
const rooms = {
  protocol: [],
  'storage-contract': ['protocol'],
  'storage-embedded': ['storage-contract', 'protocol'],
  storage: ['storage-contract', 'storage-embedded', 'protocol'],
  'broker-core': ['protocol', 'storage-contract'],
  listener: ['broker-core', 'protocol'],
  client: ['protocol'],
  server: ['broker-core', 'listener', 'protocol', 'storage-contract', 'storage-embedded', 'storage'],
  nestjs: ['client', 'protocol', 'server', 'broker-core'],
  'app-cli': ['client', 'server', 'protocol'],
  'app-broker': ['nestjs', 'server', 'broker-core', 'protocol'],
  sample: ['client', 'nestjs', 'protocol'],
  testing: ['*'],
  e2e: ['*'],
  tools: ['*'],
};

const specs = ['**/*.spec.ts'];
/** These also put sibling engines together, as a broker does. */
const storageSpecs = ['libs/storage/*/**/*.spec.ts'];
/** Suites and doubles for specs; what may not be imported by anything that ships. */
const testDoors = [
  // nestjs' door of that name is a kit for other people's specs, and ships.
  'libs/!(nestjs)/testing/**/*.ts',
  '{apps,libs}/*/fixtures/**/*.ts',
  'libs/storage/*/testing/**/*.ts',
  'libs/testing/**/*.ts',
  'tools/*/testing/**/*.ts',
];
const tests = [...specs, ...testDoors, 'apps/*-e2e/**/*.ts'];

const boundaries = (alsoAllowed) => [
  'error',
  {
    depConstraints: Object.entries(rooms).map(([sourceTag, allowed]) => ({
      sourceTag,
      onlyDependOnLibsWithTags: [...allowed, ...alsoAllowed],
    })),
    // Specs import `testing`, which imports the broker they are part of.
    ignoredCircularDependencies: alsoAllowed.map((tag) => ['*', `tag:${tag}`]),
  },
];

const bans = {
  drivers: {
    regex: '^(@nestjs/|rxjs(/|$)|lmdb$|@nats-io/)',
    message: 'Nest, rxjs and database drivers stay out of the protocol, the storage contract and the core.',
  },
  io: {
    regex: '^(node:)?(fs|fs/promises|http|https|http2|dgram|child_process|worker_threads|cluster)$',
    message: 'This room does no I/O.',
  },
  sockets: {
    regex: '^(node:)?(net|tls)$',
    message: 'Sockets belong to the listener, the client and the test kit.',
  },
  testDoors: {
    regex: '^@pochta/(.+/)?testing(/|$)',
    message: 'Only specs import test helpers.',
  },
  toolsTestDoors: {
    regex: '^@pochta/(.+/)?testing(/(?!ports$)|$)',
    message: 'Of the test helpers, tools use the ports; the rest is for their specs.',
  },
  ownTestDoor: {
    regex: '^\\.{1,2}/(.+/)?testing(/|$)',
    message: 'Only specs import test helpers.',
  },
  server: {
    regex: '^@pochta/(server|broker-core)$',
    message: "The server and the core are behind nestjs' broker, embedded and testing doors only.",
  },
  brokerDoors: {
    regex: '^\\.{1,2}/(.+/)?(broker|embedded|testing)(/|$)',
    message: "What needs a server stays behind nestjs' broker, embedded and testing doors.",
  },
};

/** A later config replaces a rule's options rather than adding to them, so each scope names all its bans. */
const restrict = (files, names, ignores = []) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns: names.map((name) => bans[name]) }] },
});

const pureRooms = ['libs/protocol/**/*.ts', 'libs/storage/contract/**/*.ts', 'libs/broker-core/**/*.ts'];
const tools = ['tools/**/*.ts'];
const socketRooms = ['libs/listener/**/*.ts', 'libs/client/**/*.ts', ...tools];
const shippedBans = ['sockets', 'testDoors', 'ownTestDoor'];

export default tseslint.config(
  { ignores: ['**/dist', '**/coverage', '**/.nx', '**/*.cjs', '**/*.mjs'] },
  {
    files: ['**/*.ts'],
    extends: [eslint.configs.recommended, ...tseslint.configs.recommended],
    plugins: { '@nx': nx },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': boundaries([]),
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unused-expressions': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['libs/**/*.ts'], rules: { 'no-console': 'error' } },
  {
    // Nest reads a constructor parameter's class from decorator metadata; a type import would erase it.
    files: ['libs/nestjs/**/*.ts', 'apps/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },

  restrict(['**/*.ts'], shippedBans),
  restrict(socketRooms, ['testDoors', 'ownTestDoor']),
  restrict(tools, ['toolsTestDoors', 'ownTestDoor']),
  restrict(pureRooms, ['drivers', 'io', ...shippedBans]),
  restrict(
    ['libs/nestjs/src/**/*.ts'],
    [...shippedBans, 'server', 'brokerDoors'],
    ['libs/nestjs/src/{broker,embedded,testing}/**'],
  ),
  {
    // What is loaded on demand is bound by the same rule, but for the one place that starts an embedded broker.
    files: ['libs/nestjs/src/**/*.ts'],
    ignores: [
      'libs/nestjs/src/{broker,embedded,testing}/**',
      'libs/nestjs/src/connections/shared-connection.ts',
      ...specs,
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[bans.server, bans.brokerDoors].map(({ regex, message }) => ({
          selector: `ImportExpression[source.value=/${regex.replaceAll('/', '\\u002F')}/]`,
          message,
        })),
      ],
    },
  },
  // The kit that ships.
  restrict(['libs/nestjs/testing/index.ts'], ['sockets', 'testDoors']),

  {
    files: tests,
    rules: {
      '@nx/enforce-module-boundaries': boundaries(['testing']),
      'max-lines-per-function': 'off',
    },
  },
  { files: specs, rules: { 'max-lines': 'off' } },
  {
    files: storageSpecs,
    rules: { '@nx/enforce-module-boundaries': boundaries(['testing', 'storage']) },
  },
  {
    // A decoder's switch may be longer: its state lives in local variables.
    files: ['libs/protocol/src/json-lines/json-scanner.ts'],
    rules: {
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': 'off',
    },
  },
  restrict(tests, ['sockets']),
  restrict(
    tests.flatMap((pattern) => pureRooms.map((room) => [room, pattern])),
    ['drivers', 'sockets'],
  ),
  {
    files: [
      ...socketRooms.flatMap((room) => tests.map((pattern) => [room, pattern])),
      'libs/testing/**/*.ts',
      'apps/*-e2e/**/*.ts',
    ],
    rules: { 'no-restricted-imports': 'off' },
  },

  {
    files: ['libs/**/package.json'],
    plugins: { '@nx': nx },
    languageOptions: { parser: jsonParser },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          // The rule knows packages by their imports only: not where types name Node's, nor what is loaded when it is there.
          ignoredDependencies: ['@types/node', 'class-validator-jsonschema', 'yaml'],
          ignoredFiles: [
            '{projectRoot}/**/*.spec.ts',
            '{projectRoot}/testing/**/*',
            '{projectRoot}/fixtures/**/*',
            '{projectRoot}/jest.config.cjs',
          ],
        },
      ],
    },
  },
);
