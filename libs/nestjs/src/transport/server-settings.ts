import { IsArray, IsBoolean, IsInt, IsObject, IsOptional, IsString, Max, Min } from 'class-validator';
import type { PochtaConnectionOptions } from '../connections/connection-options';
import { CONNECTION_SETTINGS, MAX_TIMER } from '../connections/connection-settings';
import {
  mistakesIn,
  refuseMistakes,
  settingNames,
  type SettingMistake,
  unknownSetting,
} from '../settings/setting-mistakes';
import type { PochtaServerOptions, StrategyOptions } from './pochta-server-options';

/** What the options of a strategy must be. Those of its handlers are checked with the handlers' own. */
class ServerSettings implements Record<keyof StrategyOptions | 'connection', unknown> {
  @IsOptional() @IsObject() connection: unknown;
  @IsOptional() @IsArray() @IsString({ each: true }) topics: unknown;
  @IsOptional() transportId: unknown;
  @IsOptional() @IsBoolean() waitForFirstConnection: unknown;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_TIMER) drainTimeout: unknown;
  @IsOptional() group: unknown;
  @IsOptional() prefetch: unknown;
  @IsOptional() concurrency: unknown;
  @IsOptional() maxDeliveries: unknown;
  @IsOptional() backoff: unknown;
  @IsOptional() ackDeadline: unknown;
  @IsOptional() from: unknown;
}

const SERVER_SETTINGS = settingNames(ServerSettings);

/**
 * Throws `INVALID_CONFIG`, which names every mistake: options that there are not, or of another type, and those of a
 * connection beside a connection that is there already.
 */
export function checkServerOptions(
  options: PochtaServerOptions,
  entry: Parameters<typeof refuseMistakes>[2],
): void {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const own = Object.fromEntries(given.filter(([name]) => SERVER_SETTINGS.includes(name)));
  const others = given.map(([name]) => name).filter((name) => !SERVER_SETTINGS.includes(name));
  const mistakes = others.flatMap((name) => otherMistakes(name, options));
  mistakes.push(...mistakesIn(ServerSettings, own, (known) => Object.assign(new ServerSettings(), known)));
  refuseMistakes('The options of the PochtaServer are wrong', mistakes, entry);
}

/** The options that are the connection's. */
export function connectionOptions(options: PochtaServerOptions): PochtaConnectionOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => CONNECTION_SETTINGS.includes(name)));
}

function otherMistakes(name: string, { connection }: PochtaServerOptions): SettingMistake[] {
  const isConnections = CONNECTION_SETTINGS.includes(name);
  if (isConnections && connection === undefined) return [];
  const names = connection === undefined ? [...SERVER_SETTINGS, ...CONNECTION_SETTINGS] : SERVER_SETTINGS;
  const text = isConnections
    ? 'is an option of the connection, which is there already: give it where that is made'
    : unknownSetting(name, names);
  return [{ path: name, text }];
}
