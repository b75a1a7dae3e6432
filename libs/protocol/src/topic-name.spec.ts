import { matchesTopicFilter, TopicFilter } from './topic-filter';
import {
  isTopicFilter,
  validateRequestTopic,
  validateTopicFilter,
  validateTopicName,
  validateTopicNameBytes,
} from './topic-name';

const NAMES = [
  'x',
  'a.b.c',
  'день.ночь',
  '日本',
  'a-b_c',
  'a/b',
  '"q"',
  'a$',
  'x'.repeat(255),
  'й'.repeat(127),
  '😀',
  'orders.dead',
];
const NO_NAMES: [string, RegExp][] = [
  ['', /1 to 255 bytes/],
  ['x'.repeat(256), /1 to 255 bytes/],
  ['й'.repeat(128), /1 to 255 bytes/],
  ['a b', /white space/],
  ['a\n', /white space/],
  ['a\u00a0b', /white space/],
  ['a\u2028', /white space/],
  ['a\u0000', /control/],
  ['a\u007f', /control/],
  ['\ud800', /control/],
  ['.a', /empty tokens/],
  ['a.', /empty tokens/],
  ['a..b', /empty tokens/],
  ['.', /empty tokens/],
];
const FILTERS = ['*', '>', 'a.*', '*.b', 'a.*.c', 'a.>', '*.>', '$sys.>', '$sys', '*.dead'];
const NO_FILTERS = ['>.a', 'a.>.b', 'a*', '*a', 'a>', 'a.b*.c', '**', '>>', '*>'];

test.each(NAMES)('%s is a name, and a filter', (name) => {
  expect(validateTopicName(name)).toBeUndefined();
  expect(validateTopicFilter(name)).toBeUndefined();
  expect(validateTopicNameBytes(Buffer.from(name))).toBeUndefined();
  expect(isTopicFilter(name)).toBe(false);
});

test.each(NO_NAMES)('%j is neither', (name, problem) => {
  expect(validateTopicName(name)).toMatch(problem);
  expect(validateTopicFilter(name)).toMatch(problem);
});

test.each(FILTERS)('%s is a filter, not a name', (filter) => {
  expect(validateTopicFilter(filter)).toBeUndefined();
  expect(validateTopicName(filter)).toMatch(/must not (contain|begin)/);
});

test.each(NO_FILTERS)('%s is no filter', (filter) => {
  expect(validateTopicFilter(filter)).toMatch(/^must have/);
  expect(validateTopicName(filter)).toBe('must not contain * or >');
});

test('a request may go to a reserved name, not to a filter', () => {
  expect(validateTopicName('$sys.a')).toBe('must not begin with $, which is reserved');
  for (const name of ['$sys.a', ...NAMES]) expect(validateRequestTopic(name)).toBeUndefined();
  for (const [name, problem] of NO_NAMES) expect(validateRequestTopic(name)).toMatch(problem);
  expect(validateRequestTopic('$sys.>')).toBe('must not contain * or >');
});

test('a name that is not UTF-8 is refused', () => {
  expect(validateTopicNameBytes(Uint8Array.of(0x61, 0xff))).toBe('must be UTF-8');
  expect(validateTopicNameBytes(Buffer.from('a b'))).toMatch(/white space/);
});

test.each([
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', 'a.b', false],
  ['*', 'a', true],
  ['*', 'a.b', false],
  ['*.b', 'a.b', true],
  ['*.*', 'a.b', true],
  ['a.*', 'a', false],
  ['a.*.c', 'a.b.c', true],
  ['a.*.c', 'a.b.d', false],
  ['>', 'a', true],
  ['>', 'a.b.c', true],
  ['a.>', 'a.b', true],
  ['a.>', 'a.b.c', true],
  ['a.>', 'a', false],
  ['a.>', 'ab.c', false],
  ['*.>', 'a', false],
  // Dead-letter topics
  ['>', 'orders.dead', false],
  ['orders.*', 'orders.dead', false],
  ['orders.>', 'orders.dead', false],
  ['orders.dead', 'orders.dead', true],
  ['*.dead', 'orders.dead', true],
  ['a.*.dead', 'a.b.dead', true],
  ['a.>', 'a.b.dead', false],
  ['*', 'dead', true],
  ['*.x', 'dead.x', true],
  // Reserved names
  ['>', '$sys', false],
  ['*', '$sys', false],
  ['*.a', '$sys.a', false],
  ['$sys', '$sys', true],
  ['$sys.*', '$sys.a', true],
  ['$sys.>', '$sys.a.b', true],
  ['$sys.>', '$sys.a.dead', false],
  ['$sys.*.dead', '$sys.a.dead', true],
])('%s and %s: %s', (filter, name, expected) => {
  expect(matchesTopicFilter(filter, name)).toBe(expected);
});

test('a filter knows whether it is a pattern', () => {
  expect(new TopicFilter('a.*').isPattern).toBe(true);
  expect(new TopicFilter('a.b').isPattern).toBe(false);
});
