import { readFileSync } from 'node:fs';
import { InvalidConfiguration } from './invalid-configuration';
import { FILE_VARIABLE } from './settings';
import { isMapping } from './setting.decorators';

/** Read when it is there. */
export const DEFAULT_FILE = 'pochta.yaml';

export interface ConfigFile {
  readonly name: string;
  readonly values: Record<string, unknown>;
}

/**
 * Reads the configuration file. A file that is named must be there; the default one need not be.
 * Throws `InvalidConfiguration`.
 */
export async function readConfigFile(named: string | undefined): Promise<ConfigFile | undefined> {
  const name = named ?? DEFAULT_FILE;
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && named === undefined) return undefined;
    const reason = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new InvalidConfiguration([`${named === undefined ? '' : `${FILE_VARIABLE}: `}${name}: ${reason}`]);
  }
  return { name, values: await parse(text, name) };
}

async function parse(text: string, name: string): Promise<Record<string, unknown>> {
  // Most brokers have no file, and start faster without the parser.
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    throw new InvalidConfiguration(
      document.errors.map(({ message }) => `${name}: ${message.split('\n', 1)[0].replace(/:$/, '')}`),
    );
  }
  const values: unknown = document.toJS() ?? {};
  if (!isMapping(values)) throw new InvalidConfiguration([`${name}: must be a mapping of settings`]);
  return values;
}
