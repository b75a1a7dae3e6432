import { unknownSetting } from '@pochta/nestjs/broker';
import type { SettingTree } from './setting-tree';
import { CLIENT_VARIABLE, FILE_VARIABLE, SETTINGS, type Setting } from './settings';

type Environment = Readonly<Record<string, string | undefined>>;

/** Puts every setting of the environment into the tree. An empty variable counts as one that is not there. */
export function applyEnvironment(environment: Environment, tree: SettingTree): void {
  for (const setting of SETTINGS) {
    const text = environment[setting.variable];
    if (text !== undefined && text !== '') tree.set(setting.path, valueOf(text, setting), setting.variable);
  }
}

/** Variables that look like settings and are none. */
export function unknownVariables(environment: Environment): string[] {
  const names = [FILE_VARIABLE, ...SETTINGS.map(({ variable }) => variable)];
  return Object.keys(environment)
    .filter((name) => name.startsWith('POCHTA_') && name !== CLIENT_VARIABLE && !names.includes(name))
    .map((name) => `${name}: ${unknownSetting(name, names)}`);
}

/** Text that does not fit stays text, and the check says what it must be. */
export function valueOf(text: string, setting: Setting): unknown {
  const usual = setting.default;
  if (typeof usual === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  const isNumeric = typeof usual === 'number' || usual === 'off';
  return isNumeric && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
