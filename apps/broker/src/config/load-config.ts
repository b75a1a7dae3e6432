import { existsSync } from 'node:fs';
import type { BrokerConfig } from './broker-config';
import { configMistakes, configOf } from './config-check';
import { readConfigFile } from './config-file';
import { applyEnvironment, unknownVariables, valueOf } from './environment';
import { InvalidConfiguration } from './invalid-configuration';
import { SettingTree } from './setting-tree';
import { FILE_VARIABLE, SETTINGS } from './settings';

/** Values of command-line flags, by the path of their setting. */
export type FlagValues = Readonly<Record<string, { readonly flag: string; readonly text: string }>>;

/**
 * Reads the configuration: flags go before the environment, the environment before the file, the file before the
 * defaults. Throws `InvalidConfiguration` with every mistake there is.
 */
export async function loadConfig(
  environment: Readonly<Record<string, string | undefined>>,
  flags: FlagValues = {},
): Promise<BrokerConfig> {
  const mistakes = unknownVariables(environment);
  let tree = new SettingTree();
  try {
    const file = await readConfigFile(environment[FILE_VARIABLE] || undefined);
    tree = new SettingTree(file?.values, file?.name);
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    mistakes.push(...error.mistakes);
  }
  applyEnvironment(environment, tree);
  for (const [path, { flag, text }] of Object.entries(flags)) {
    const setting = SETTINGS.find((one) => one.path === path)!;
    tree.set(path, valueOf(text, setting), flag);
  }
  mistakes.push(...configMistakes(tree));
  if (mistakes.length > 0) throw new InvalidConfiguration(mistakes);
  return configOf(tree);
}

/** Adds the variables of `.env` in the working folder, when it is there, to those that are not set. */
export function loadDotEnv(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}
