import { validateSync } from 'class-validator';
import { DEFAULT_TOPIC_POLICY, type TopicPolicy } from '../topic-policy';
import { OVERFLOW_POLICIES, RETENTION_POLICIES, STORAGE_POLICIES, TopicPolicyDto } from './topic-policy-dto';

const dto = (settings: object): TopicPolicyDto => Object.assign(new TopicPolicyDto(), settings);
const problems = (settings: object): string[] => validateSync(dto(settings)).map(({ property }) => property);

/** Every field, none with its default. */
const OTHER: TopicPolicy = {
  maxMessages: 5,
  maxBytes: 1,
  maxAge: 1,
  overflow: 'dead-letter',
  retention: 'work-queue',
  compact: true,
  storage: 'memory',
  dedupeWindow: 0,
  dedupeIds: 1,
  deadLetterTopic: 'failures.all',
  deadLetterExpired: true,
  maxDeliveries: 1000,
  ackDeadline: 10,
  backoffMin: 2 ** 31 - 1,
  backoffMax: 2 ** 31 - 1,
};

test.each([
  {},
  OTHER,
  { maxMessages: 1 },
  ...OVERFLOW_POLICIES.map((overflow) => ({ overflow })),
  ...RETENTION_POLICIES.map((retention) => ({ retention })),
  ...STORAGE_POLICIES.map((storage) => ({ storage })),
  { deadLetterTopic: '' },
  { backoffMin: 60_000 },
  { backoffMax: 1000 },
  { compact: false, deadLetterExpired: false },
])('%j is fine', (settings) => {
  expect(problems(settings)).toEqual([]);
  expect(dto(settings).toPolicy()).toEqual({ ...DEFAULT_TOPIC_POLICY, ...settings });
});

test.each([
  { maxMessages: 0 },
  { maxMessages: 1.5 },
  { maxMessages: '5' },
  { maxMessages: null },
  { maxBytes: 0 },
  { maxAge: 0 },
  { overflow: 'drop-newest' },
  { retention: 'interest' },
  { compact: 'yes' },
  { compact: null },
  { storage: 'tape' },
  { dedupeWindow: -1 },
  { dedupeIds: 0 },
  { deadLetterTopic: 'a.*' },
  { deadLetterTopic: '$dead' },
  { deadLetterTopic: 'a b' },
  { deadLetterTopic: 5 },
  { deadLetterExpired: 1 },
  { maxDeliveries: 0 },
  { maxDeliveries: 1001 },
  { ackDeadline: 9 },
  { ackDeadline: 2 ** 31 },
  { backoffMin: 0 },
  { backoffMin: 2 ** 31 },
  { backoffMax: 0 },
  { backoffMax: 2 ** 31 },
])('%j is not', (settings) => {
  expect(problems(settings)).toEqual(Object.keys(settings));
});

test('a longest backoff below the shortest is wrong, in one set of settings', () => {
  expect(problems({ backoffMin: 10, backoffMax: 9 })).toEqual(['backoffMax']);
});

test.each([
  [{ backoffMin: 60_001 }, 'backoffMin'],
  [{ backoffMax: 999 }, 'backoffMax'],
])('%j does not go together with the default', (settings, field) => {
  expect(problems(settings)).toEqual([]);
  expect(() => dto(settings).toPolicy()).toThrow(
    expect.objectContaining({
      code: 'INVALID_CONFIG',
      field,
      message: expect.stringContaining('must not be above backoffMax') as string,
    }),
  );
});

test('what is left out comes from the base, and what is not known from nowhere', () => {
  expect(dto({ maxAge: 7, colour: 'red' }).toPolicy(OTHER)).toEqual({ ...OTHER, maxAge: 7 });
});
