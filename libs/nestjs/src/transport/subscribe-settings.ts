import {
  type BackoffOptions,
  MAX_DELIVERIES,
  MAX_NAME_LENGTH,
  MAX_PREFETCH,
  MAX_WAIT,
  MIN_ACK_DEADLINE,
} from '@pochta/protocol';
import {
  IsBoolean,
  IsDefined,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import { IsPlainText } from '../settings/is-plain-text';
import { nearestName } from '../settings/nearest-name';
import { mistakesIn, settingNames } from '../settings/setting-mistakes';
import type { BatchOptions, SubscribeOptions } from './subscribe-options';

class SubscribeSettings implements Record<keyof SubscribeOptions, unknown> {
  @IsOptional() @IsString() @Length(1, MAX_NAME_LENGTH) @IsPlainText() group: unknown;
  @IsOptional() @IsBoolean() broadcast: unknown;
  // The client says what is wrong with a position.
  @IsOptional() from: unknown;
  @IsOptional() @IsInt() @Min(1) @Max(MAX_PREFETCH) prefetch: unknown;
  @IsOptional() @IsInt() @Min(1) concurrency: unknown;
  @IsOptional() @IsInt() @Min(1) @Max(MAX_DELIVERIES) maxDeliveries: unknown;
  @IsOptional() @IsObject() backoff: unknown;
  @IsOptional() @IsInt() @Min(MIN_ACK_DEADLINE) @Max(MAX_WAIT) ackDeadline: unknown;
  @IsOptional() @IsBoolean() manualAck: unknown;
  @IsOptional() @IsObject() batch: unknown;
}

class BackoffSettings {
  @IsOptional() @IsInt() @Min(1) @Max(MAX_WAIT) min: unknown;
  @IsOptional() @IsInt() @Min(1) @Max(MAX_WAIT) max: unknown;
}

class BatchSettings implements Record<keyof BatchOptions, unknown> {
  @IsDefined() @IsInt() @Min(1) @Max(MAX_PREFETCH) size: unknown;
  @IsOptional() @IsInt() @Min(1) @Max(MAX_WAIT) wait: unknown;
}

/** What only a consumer group has. */
const OF_GROUPS = [
  'group',
  'prefetch',
  'maxDeliveries',
  'backoff',
  'ackDeadline',
  'manualAck',
  'batch',
] as const satisfies readonly (keyof SubscribeOptions)[];

/** The options are under this name among a pattern's extras, when they are not the extras themselves. */
const EXTRAS_NAME = 'pochta';

/**
 * A handler's options among the extras of its pattern: under `pochta`, or else the extras themselves, if one of them is
 * ours, or seems to be meant for it: other transports have extras too.
 */
export function optionsAmong(extras: Readonly<Record<string, unknown>>): SubscribeOptions {
  if (extras[EXTRAS_NAME] !== undefined) return extras[EXTRAS_NAME] as SubscribeOptions;
  const names = settingNames(SubscribeSettings);
  const own = Object.entries(extras).filter(([, value]) => value !== undefined);
  const isOurs = ([name]: [string, unknown]): boolean =>
    names.includes(name) || nearestName(name, names) !== undefined;
  return own.some(isOurs) ? Object.fromEntries(own) : {};
}

/** What is wrong with a handler's options, one text a mistake. */
export function subscribeMistakes(options: SubscribeOptions): string[] {
  const mistakes = check(SubscribeSettings, options);
  if (mistakes.length > 0) return mistakes;
  const { backoff, batch, broadcast, prefetch } = options;
  if (backoff !== undefined) mistakes.push(...backoffMistakes(backoff));
  if (batch !== undefined) mistakes.push(...check(BatchSettings, batch, 'batch.'));
  if (batch !== undefined && prefetch !== undefined && batch.size > prefetch)
    mistakes.push(`batch.size ${batch.size} must not be above prefetch ${prefetch}: it would never be full`);
  if (broadcast === true) {
    const given = OF_GROUPS.filter((name) => options[name] !== undefined);
    if (given.length > 0)
      mistakes.push(`broadcast does not go together with ${given.join(', ')}: it has no group`);
  }
  return mistakes;
}

/** Names of those that a handler has of its own and that belong to its group. */
export function groupOptions(options: SubscribeOptions): string[] {
  const names = [...OF_GROUPS, 'from', 'concurrency'] as const;
  return names.filter((name) => name !== 'group' && options[name] !== undefined);
}

function backoffMistakes(backoff: BackoffOptions): string[] {
  const mistakes = check(BackoffSettings, backoff, 'backoff.');
  const { min = 0, max = Infinity } = backoff;
  if (mistakes.length === 0 && min > max) return [`backoff.min ${min} must not be above backoff.max ${max}`];
  return mistakes;
}

function check(type: new () => object, settings: object, parent = ''): string[] {
  return mistakesIn(type, settings, (known) => Object.assign(new type(), known)).map(
    ({ path, text }) => `${parent}${path} ${text}`,
  );
}
