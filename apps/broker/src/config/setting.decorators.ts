import { ValidateBy } from 'class-validator';

/** The value of a port's setting that opens none. */
export const OFF = 'off';

function must(name: string, text: string, validate: (value: unknown) => boolean): PropertyDecorator {
  return ValidateBy({ name, validator: { validate, defaultMessage: () => `must be ${text}` } });
}

const isWhole = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;

export function WholeNumber(least: number, most: number): PropertyDecorator {
  return must('wholeNumber', `a whole number from ${least} to ${most}`, (value) =>
    isWhole(value, least, most),
  );
}

export function Port(): PropertyDecorator {
  const text = 'a port from 1 to 65535, or 0 for any free one';
  return must('port', text, (value) => isWhole(value, 0, 65_535));
}

export function PortOrOff(): PropertyDecorator {
  const text = 'a port from 1 to 65535, 0 for any free one, or off';
  return must('portOrOff', text, (value) => value === OFF || isWhole(value, 0, 65_535));
}

export function OneOf(...values: readonly string[]): PropertyDecorator {
  return must('oneOf', `one of ${values.join(', ')}`, (value) => values.includes(value as string));
}

export function TrueOrFalse(): PropertyDecorator {
  return must('trueOrFalse', 'true or false', (value) => typeof value === 'boolean');
}

export function Text(): PropertyDecorator {
  return must('text', 'a text that is not empty', (value) => typeof value === 'string' && value !== '');
}

/** Settings that are checked one level further down; see `config-check.ts`. */
export function Mapping(of: string): PropertyDecorator {
  return must('mapping', `a mapping of ${of}`, isMapping);
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
