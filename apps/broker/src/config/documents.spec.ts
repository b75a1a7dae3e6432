import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { settingNames } from '@pochta/nestjs/broker';
import { DEFAULT_TOPIC_POLICY } from '@pochta/protocol';
import { TopicPolicyDto } from '@pochta/protocol/dto';
import { BrokerConfig } from './broker-config';
import { loadConfig } from './load-config';
import { FILE_VARIABLE, SETTINGS } from './settings';

const root = join(__dirname, '../../../..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');

/** Rows of the document's tables, as lists of cells. */
const rows = read('docs/configuration.md')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('docs/configuration.md', () => {
  it('has one row for each setting, with its variable and its default', () => {
    const settings = rows.filter((cells) => cells.length === 4).map((cells) => cells.slice(0, 3));
    expect(settings).toEqual(
      SETTINGS.map(({ path, variable, default: usual }) => [
        `\`${path}\``,
        `\`${variable}\``,
        `\`${usual}\``,
      ]),
    );
  });

  it('has one row for each setting of a policy, with its default', () => {
    const policy = rows.filter((cells) => cells.length === 3).map(([name, usual]) => [name, usual]);
    const expected = settingNames(TopicPolicyDto).map((name) => {
      const usual = DEFAULT_TOPIC_POLICY[name as keyof typeof DEFAULT_TOPIC_POLICY];
      return [`\`${name}\``, usual === Number.MAX_SAFE_INTEGER ? 'no limit' : `\`${usual}\``];
    });
    expect(policy).toEqual(expected);
  });

  it('names every setting that the class has', () => {
    const mappings = ['limits', 'defaults', 'topics'];
    const paths = SETTINGS.map(({ path }) => path).filter((path) => !path.includes('.'));
    expect([...paths, ...mappings].sort()).toEqual(settingNames(BrokerConfig).sort());
  });
});

describe('.env.example', () => {
  it('names every variable, with its default', async () => {
    const variables = parseEnv(read('.env.example').replace(/^# (?=POCHTA_)/gm, '')) as Record<
      string,
      string
    >;
    expect(Object.keys(variables).sort()).toEqual(
      [FILE_VARIABLE, ...SETTINGS.map(({ variable }) => variable)].sort(),
    );
    expect(await loadConfig(variables)).toEqual(new BrokerConfig());
  });
});

describe('pochta.example.yaml', () => {
  it('holds every setting, with its default', async () => {
    const config = await loadConfig({ [FILE_VARIABLE]: join(root, 'pochta.example.yaml') });
    const { topics, defaults, ...settings } = config;
    expect({ ...settings, topics: {}, defaults: {} }).toEqual({ ...new BrokerConfig() });
    const { maxBytes: _bytes, maxAge: _age, ...policy } = DEFAULT_TOPIC_POLICY;
    expect(defaults).toEqual(policy);
    expect(Object.keys(topics)).toEqual(['audit', 'sensors.>']);
    const text = read('pochta.example.yaml');
    for (const { path } of SETTINGS) expect(text).toMatch(new RegExp(`^ *${path.split('.').at(-1)}: `, 'm'));
  });
});
