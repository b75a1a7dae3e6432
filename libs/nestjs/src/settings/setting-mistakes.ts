import { errorFor } from '@pochta/protocol';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, ValidationError, validateSync } from 'class-validator';
import { complaintsOf } from '../validation/complaints';
import { nearestName } from './nearest-name';

/** One thing that is wrong with settings. */
export interface SettingMistake {
  /** The setting's name, with dots between levels; empty when all of it is wrong. */
  readonly path: string;
  /** The value and what it must be, or that there is no such setting. */
  readonly text: string;
}

/**
 * Checks settings that people write, such as a topic's policy, against a class with class-validator's decorators.
 *
 * `build` makes the instance of the class that is checked; by default all is copied deeply, and turned into the classes
 * that `@Type` names.
 */
export function mistakesIn(
  type: new () => object,
  settings: unknown,
  build: (known: object) => object = (known) => plainToInstance(type, known),
): SettingMistake[] {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    return [{ path: '', text: `${shown(settings)} must be a mapping of settings` }];
  }
  const names = settingNames(type);
  const unknown = Object.keys(settings).filter((name) => !names.includes(name));
  const known = Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name)));
  return [
    ...unknown.map((name) => ({ path: name, text: unknownSetting(name, names) })),
    ...complaintsOf(validateSync(build(known)).map(firstOfType)).map(({ path, value, text }) => ({
      path,
      text: told(value, text),
    })),
  ];
}

/**
 * Throws `INVALID_CONFIG`, which names every mistake, if there are any.
 *
 * @param entry what the author called, so that the stack begins at the author's line
 */
export function refuseMistakes(
  what: string,
  mistakes: readonly SettingMistake[],
  entry: (...args: never[]) => unknown = refuseMistakes,
): void {
  if (mistakes.length === 0) return;
  const text = mistakes.map(({ path, text }) => (path === '' ? text : `${path}: ${text}`)).join('; ');
  const error = errorFor('INVALID_CONFIG', `${what}: ${text}`, { field: mistakes[0].path });
  Error.captureStackTrace(error, entry);
  throw error;
}

/** Names of a class's decorated properties. */
export function settingNames(type: new () => object): string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
  return [...new Set(metadata.map(({ propertyName }) => propertyName))];
}

/** That there is no such setting, with the one that was probably meant. */
export function unknownSetting(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  return nearest === undefined ? 'is not a setting' : `is not a setting; did you mean ${nearest}?`;
}

/** Constraints by which class-validator names a type. What is of another type is out of every range, too. */
const TYPES = ['isInt', 'isNumber', 'isString', 'isBoolean', 'isArray', 'isObject'];

function firstOfType(error: ValidationError): ValidationError {
  const type = TYPES.find((name) => error.constraints?.[name] !== undefined);
  if (type === undefined) return error;
  return Object.assign(new ValidationError(), error, { constraints: { [type]: error.constraints![type] } });
}

/** Most settings come from the environment, as text. */
function told(value: unknown, text: string): string {
  const isNumeral = typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value));
  if (isNumeral && /^must be (an integer|a) number/.test(text))
    return `${text}, not the text ${shown(value)}`;
  return `${shown(value)} ${text}`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  // JSON has no NaN, nor what is infinite.
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
