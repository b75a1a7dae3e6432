import { BrokerConfig, LimitsConfig } from './broker-config';

/** Names the configuration file; the only variable that is not a setting. */
export const FILE_VARIABLE = 'POCHTA_CONFIG';

/** Tells the `pochta` command which broker is meant: who has set it may start a broker, too. */
export const CLIENT_VARIABLE = 'POCHTA_SERVER';

/** A setting that has one value, and so can be given in the environment. */
export interface Setting {
  /** As in the file, with dots between levels. */
  readonly path: string;
  /** As in the environment. */
  readonly variable: string;
  readonly default: string | number | boolean;
}

/** Mappings have no variable. */
export const SETTINGS: readonly Setting[] = [
  ...settingsOf(new BrokerConfig(), ''),
  ...settingsOf(new LimitsConfig(), 'limits.'),
];

function settingsOf(config: object, prefix: string): Setting[] {
  return Object.entries(config)
    .filter(([, value]) => typeof value !== 'object')
    .map(([key, value]) => ({
      path: prefix + key,
      variable: variableFor(key),
      default: value as Setting['default'],
    }));
}

function variableFor(key: string): string {
  return `POCHTA_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
