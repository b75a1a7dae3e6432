import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as classes from './error-classes';
import { errorDocument } from './error-document';
import { ERROR_TABLE, type ErrorCode } from './error-table';
import { PochtaError } from './pochta-error';

const CODES = Object.keys(ERROR_TABLE) as ErrorCode[];
const DOCUMENT = join(__dirname, '../../../../docs/errors.md');

test.each(CODES)('%s has a class named after it', (code) => {
  const name = `${code
    .split('_')
    .map((word) => word[0] + word.slice(1).toLowerCase())
    .join('')}Error`;
  const error = classes.errorFor(code);
  expect(error).toBeInstanceOf(PochtaError);
  expect(error).toBeInstanceOf(classes.ERROR_CLASSES[code]);
  expect(error.name).toBe(name);
  expect((classes as Record<string, unknown>)[name]).toBe(classes.ERROR_CLASSES[code]);
  expect(error).toMatchObject({
    code,
    message: ERROR_TABLE[code].text,
    retriable: ERROR_TABLE[code].retriable,
  });
});

test('an error may have a text, a field and a cause of its own', () => {
  const cause = new Error('inner');
  const error = new classes.InvalidFrameError('topic must be a string', { field: 'topic', cause });
  expect(error).toMatchObject({
    code: 'INVALID_FRAME',
    message: 'topic must be a string',
    field: 'topic',
    cause,
  });
});

test('an error may name sequences', () => {
  expect(classes.errorFor('NOT_IN_FLIGHT', undefined, { sequences: [1, 2] }).sequences).toEqual([1, 2]);
  expect(classes.errorFor('NOT_IN_FLIGHT').sequences).toBeUndefined();
});

test('an error that nobody catches shows the line that made it, and nothing that it has not', () => {
  const error = classes.errorFor('INVALID_CONFIG', 'wrong');
  const [head, first] = error.stack!.split('\n');
  expect(head).toBe('InvalidConfigError: wrong');
  expect(first).toContain('errors.spec');
  expect(Object.keys(error).sort()).toEqual(['code', 'name']);
});

test('codes of other versions are told apart', () => {
  expect(classes.isErrorCode('TOPIC_FULL')).toBe(true);
  expect(classes.isErrorCode('toString')).toBe(false);
  expect(classes.isErrorCode('SOMETHING_NEW')).toBe(false);
});

// The texts that clients match: protocol.md, Answers.
test.each([
  ['TOPIC_FULL', 'Queue full'],
  ['UNKNOWN_ACTION', 'Unknown action'],
  ['INVALID_JSON', 'Invalid JSON'],
] as const)('the text of %s is fixed', (code, text) => {
  expect(ERROR_TABLE[code].text).toBe(text);
});

// UPDATE_DOCS=1 writes the document anew.
test('docs/errors.md is what the table says', () => {
  if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync(DOCUMENT, errorDocument());
  expect(existsSync(DOCUMENT) && readFileSync(DOCUMENT, 'utf8')).toBe(errorDocument());
});
