import { COMPRESSIONS } from '@pochta/protocol';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerConfig } from './broker-config';
import { InvalidConfiguration } from './invalid-configuration';
import { loadConfig } from './load-config';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'pochta-config-'))));
afterEach(() => rm(folder, { recursive: true }));

/** The environment that names a file with this text. */
async function file(text: string): Promise<{ POCHTA_CONFIG: string }> {
  const name = join(folder, 'settings.yaml');
  await writeFile(name, text);
  return { POCHTA_CONFIG: name };
}

/** What is wrong, without the folder's name. */
async function mistakes(...[environment, flags]: Parameters<typeof loadConfig>): Promise<string[]> {
  const error: unknown = await loadConfig(environment, flags).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidConfiguration);
  return (error as InvalidConfiguration).mistakes.map((line) => line.replaceAll(`${folder}/`, ''));
}

describe('the configuration', () => {
  it('is the defaults when nothing is configured', async () => {
    expect(await loadConfig({ PATH: '/bin', POCHTA_PORT: '' })).toEqual(new BrokerConfig());
  });

  it('leaves the variable of the pochta command to it', async () => {
    expect(await loadConfig({ POCHTA_SERVER: 'localhost:8888' })).toEqual(new BrokerConfig());
  });

  it('takes flags before the environment, and the environment before the file', async () => {
    const environment = await file(
      'host: ::1\nport: 1\ndataDir: /file\nlimits: { maxDepth: 5, frameTimeout: 6 }\n',
    );
    const config = await loadConfig(
      {
        ...environment,
        POCHTA_PORT: '2',
        POCHTA_DATA_DIR: '/environment',
        POCHTA_MAX_DEPTH: '7',
        POCHTA_MAX_HEAD_BYTES: '0',
        POCHTA_SIMPLE_PORT: '0',
      },
      { dataDir: { flag: '--data', text: '/flag' } },
    );
    expect(config).toMatchObject({ host: '::1', port: 2, simplePort: 0, httpPort: 8889, dataDir: '/flag' });
    expect(config.limits).toMatchObject({
      maxDepth: 7,
      frameTimeout: 6,
      maxHeadBytes: 0,
      maxFrameBytes: 1024 * 1024,
    });
  });

  it('reads policies from the file', async () => {
    const config = await loadConfig(
      await file('defaults: { maxMessages: 5 }\ntopics: { "a.>": { overflow: drop-oldest } }'),
    );
    expect(config).toMatchObject({
      defaults: { maxMessages: 5 },
      topics: { 'a.>': { overflow: 'drop-oldest' } },
    });
  });

  it('takes an empty file for no settings', async () => {
    expect(await loadConfig(await file('# nothing\n'))).toEqual(new BrokerConfig());
  });

  it('lists every mistake at once: where it is, the value, and what it must be', async () => {
    const environment = await file(`
prot: 8888
port: "8888"
simplePort: on
httpPort: 65536
logFormat:
limits: { maxDept: 3, frameTimeout: 0, maxTopics: 1.5, maxHeadBytes: -1 }
defaults: { overflow: drop, maxMesages: 1 }
topics:
  a b: {}
  stock: 7
  prices: { maxMessages: 0 }
`);
    const found = await mistakes(
      {
        ...environment,
        POCHTA_ENGINE: 'lmbd',
        POCHTA_PROT: '1',
        POCHTA_AUTO_CREATE: 'maybe',
        POCHTA_MAX_DEPTH: 'x',
      },
      { logLevel: { flag: '--log-level', text: 'loud' } },
    );
    expect(found).toEqual([
      'POCHTA_PROT: is not a setting; did you mean POCHTA_PORT?',
      'prot (settings.yaml): is not a setting; did you mean port?',
      'port (settings.yaml): "8888" must be a port from 1 to 65535, or 0 for any free one',
      'simplePort (settings.yaml): "on" must be a port from 1 to 65535, 0 for any free one, or off',
      'httpPort (settings.yaml): 65536 must be a port from 1 to 65535, 0 for any free one, or off',
      'engine (POCHTA_ENGINE): "lmbd" must be one of lmdb, memory',
      'logLevel (--log-level): "loud" must be one of silent, fatal, error, warn, info, debug, trace',
      'logFormat (settings.yaml): null must be one of auto, pretty, json',
      'autoCreate (POCHTA_AUTO_CREATE): "maybe" must be true or false',
      'limits.maxDept (settings.yaml): is not a setting; did you mean maxDepth?',
      'limits.maxDepth (POCHTA_MAX_DEPTH): "x" must be a whole number from 2 to 1000',
      'limits.frameTimeout (settings.yaml): 0 must be a whole number from 1 to 2147483647',
      'limits.maxTopics (settings.yaml): 1.5 must be a whole number from 1 to 1000000000',
      'limits.maxHeadBytes (settings.yaml): -1 must be a whole number from 0 to 1073741824',
      'defaults.maxMesages (settings.yaml): is not a setting; did you mean maxMessages?',
      'defaults.overflow (settings.yaml): "drop" must be one of the following values: reject, drop-oldest, dead-letter',
      "topics.a b (settings.yaml): the topic's name or filter must not contain white space or control characters",
      'topics.stock (settings.yaml): 7 must be a mapping of settings',
      'topics.prices.maxMessages (settings.yaml): 0 must be an integer from 1 to 9007199254740991',
    ]);
  });

  it.each([
    ['limits: 5', 'limits (settings.yaml): 5 must be a mapping of limits'],
    ['topics: [a]', 'topics (settings.yaml): ["a"] must be a mapping of topics or topic filters'],
    ['defaults: text', 'defaults (settings.yaml): "text" must be a mapping of policy settings'],
    ['- a', 'settings.yaml: must be a mapping of settings'],
    [
      'compression: gzip',
      `compression (settings.yaml): "gzip" must be one of all, none, ${COMPRESSIONS.map(({ name }) => name).join(', ')}`,
    ],
    ['host: ""', 'host (settings.yaml): "" must be a text that is not empty'],
    ['zzzzzz: 1', 'zzzzzz (settings.yaml): is not a setting'],
    ['port: 9000\nhttpPort: 9000', 'httpPort (settings.yaml): 9000 must not be that of port'],
    [
      'host: 0.0.0.0',
      'host (settings.yaml): "0.0.0.0" must be localhost, 127.0.0.1 or ::1 unless allowAnonymous is true, since nobody has to authenticate',
    ],
  ])('refuses %j', async (text, mistake) => {
    expect(await mistakes(await file(text))).toEqual([mistake]);
  });

  it('does not let the environment hide a file that has something else in its place', async () => {
    const environment = await file('limits: 5');
    expect(await mistakes({ ...environment, POCHTA_MAX_DEPTH: '5' })).toEqual([
      'limits (settings.yaml): 5 must be a mapping of limits',
    ]);
  });

  it('says where a file is not YAML', async () => {
    const [mistake, ...more] = await mistakes(await file('port: [1\n'));
    expect(mistake).toMatch(/^settings\.yaml: .* at line 2/);
    expect(more).toEqual([]);
  });

  it('misses a file that is named, together with the other mistakes', async () => {
    expect(await mistakes({ POCHTA_CONFIG: join(folder, 'none.yaml'), POCHTA_PORT: 'x' })).toEqual([
      'POCHTA_CONFIG: none.yaml: there is no such file',
      'port (POCHTA_PORT): "x" must be a port from 1 to 65535, or 0 for any free one',
    ]);
    expect(await mistakes({ POCHTA_CONFIG: folder })).toEqual([
      `POCHTA_CONFIG: ${folder}: it cannot be read (EISDIR)`,
    ]);
  });

  it('listens on other addresses when everybody may come in', async () => {
    expect(await loadConfig({ POCHTA_HOST: '0.0.0.0', POCHTA_ALLOW_ANONYMOUS: 'true' })).toMatchObject({
      host: '0.0.0.0',
      allowAnonymous: true,
    });
  });
});
