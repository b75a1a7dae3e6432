import { MAX_LINGER } from '@pochta/client';
import { COMPRESSIONS, DEFAULT_LIMITS } from '@pochta/protocol';
import {
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Max,
  Min,
  MinLength,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { IsPlainText } from '../settings/is-plain-text';
import { mistakesIn, refuseMistakes, settingNames, type SettingMistake } from '../settings/setting-mistakes';
import type { EmbeddedOptions, PochtaConnectionOptions } from './connection-options';

/** Node's timers take no more ms than this. */
export const MAX_TIMER = 2 ** 31 - 1;

const IsFunction = (): PropertyDecorator =>
  ValidateBy({
    name: 'isFunction',
    validator: {
      validate: (value) => typeof value === 'function',
      defaultMessage: () => '$property must be a function',
    },
  });

const IsTextByName = (): PropertyDecorator =>
  ValidateBy({
    name: 'isTextByName',
    validator: {
      validate: (value: unknown) =>
        isPlainObject(value) && Object.values(value).every((text) => typeof text === 'string'),
      defaultMessage: () => '$property must be an object of strings',
    },
  });

/** What the options of a connection must be. */
class ConnectionSettings implements Record<keyof PochtaConnectionOptions, unknown> {
  @IsOptional() @IsString() @MinLength(1) host: unknown;
  @IsOptional() @IsInt() @Min(1) @Max(65_535) port: unknown;
  @IsOptional() @IsArray() @IsString({ each: true }) servers: unknown;
  @IsOptional() @IsString() @MinLength(1) @IsPlainText() name: unknown;
  @ValidateIf((_, value) => value !== undefined && value !== false) @IsObject() reconnect: unknown;
  @IsOptional() @IsInt() @Min(1) @Max(MAX_TIMER) connectTimeout: unknown;
  @IsOptional() @IsInt() @Min(1) @Max(MAX_TIMER) requestTimeout: unknown;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LINGER) linger: unknown;
  @IsOptional() @IsInt() @Min(1) maxUnconfirmedBytes: unknown;
  @IsOptional() @IsInt() @Min(1) maxUnconfirmed: unknown;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_TIMER) resendWindow: unknown;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_TIMER) heartbeatInterval: unknown;
  @IsOptional() @IsInt() @Min(1024) @Max(DEFAULT_LIMITS.maxFrameBytes * 1024) maxFrameBytes: unknown;
  @IsOptional() @IsIn(['json-lines', 'binary']) codec: unknown;
  @IsOptional() @IsIn(['none', ...COMPRESSIONS.map(({ name }) => name)]) compression: unknown;
  @IsOptional() @IsObject() codecs: unknown;
  @IsOptional() @IsTextByName() names: unknown;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_TIMER) drainTimeout: unknown;
  @IsOptional() @IsObject() embedded: unknown;
  @IsOptional() @IsFunction() socket: unknown;
}

/** Names of a connection's options. */
export const CONNECTION_SETTINGS: readonly string[] = settingNames(ConnectionSettings);

class ReconnectSettings {
  @IsOptional() @IsInt() @Min(0) @Max(MAX_TIMER) initialDelay: unknown;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_TIMER) maxDelay: unknown;
  @IsOptional() @IsNumber() @Min(0) @Max(1) jitter: unknown;
  @IsOptional() @IsNumber({ allowInfinity: true }) @Min(0) maxAttempts: unknown;
}

class EmbeddedSettings implements Record<keyof EmbeddedOptions, unknown> {
  @IsOptional() @IsString() @MinLength(1) dataDir: unknown;
  @IsOptional() @IsInt() @Min(0) @Max(65_535) port: unknown;
  @IsOptional() @IsString() @MinLength(1) host: unknown;
}

/** Throws `INVALID_CONFIG`, which names every mistake. */
export function checkConnectionOptions(options: PochtaConnectionOptions): void {
  const mistakes = [...check(ConnectionSettings, options), ...nestedMistakes(options)];
  refuseMistakes('The options of the Pochta connection are wrong', mistakes);
}

function nestedMistakes(options: unknown): SettingMistake[] {
  if (!isPlainObject(options)) return [];
  const { reconnect, embedded } = options as PochtaConnectionOptions;
  return [
    ...under('reconnect', isPlainObject(reconnect) ? check(ReconnectSettings, reconnect) : []),
    ...under('embedded', isPlainObject(embedded) ? check(EmbeddedSettings, embedded) : []),
  ];
}

/** Nothing is copied deeply: codecs may be, or hold, anything. */
function check(type: new () => object, settings: unknown): SettingMistake[] {
  return mistakesIn(type, settings, (known) => Object.assign(new type(), known));
}

function under(parent: string, mistakes: SettingMistake[]): SettingMistake[] {
  return mistakes.map(({ path, text }) => ({ path: `${parent}.${path}`, text }));
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
