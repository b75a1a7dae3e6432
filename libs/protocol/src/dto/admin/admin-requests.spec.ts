import { ADMIN_VERBS, type AdminVerb } from '../../admin-verbs';
import type { PochtaError } from '../../errors/pochta-error';
import { ADMIN_DTOS, readAdminRequest } from './admin-requests';

const POLICY = { maxAge: 1, retention: 'work-queue', deadLetterTopic: 'a.dead' };

const GOOD: [AdminVerb, object, defaults?: object][] = [
  ['$pochta.topics.list', {}, { limit: 100 }],
  ['$pochta.topics.list', { filter: 'a.>', limit: 1000, after: 'a.b' }],
  ['$pochta.topics.create', { topic: 'a' }],
  ['$pochta.topics.create', { topic: 'a', policy: {} }],
  ['$pochta.topics.create', { topic: 'a', policy: POLICY }],
  ['$pochta.topics.update', { topic: 'a', policy: POLICY }],
  ['$pochta.topics.delete', { topic: 'a' }],
  ['$pochta.topics.purge', { topic: 'a.dead' }],
  ['$pochta.topics.info', { topic: 'день' }],
  ['$pochta.topics.browse', { topic: 'a' }, { limit: 20 }],
  ['$pochta.topics.browse', { topic: 'a', from: 1, limit: 1 }],
  ['$pochta.topics.redrive', { topic: 'a.dead' }],
  [
    '$pochta.topics.redrive',
    {
      topic: 'a.dead',
      origin: 'a',
      group: 'g',
      reason: 'expired',
      fromSequence: 1,
      toSequence: 2,
      limit: 100_000,
    },
  ],
  ['$pochta.groups.list', { topic: 'a' }, { limit: 100 }],
  ['$pochta.groups.list', { topic: 'a', limit: 1000, after: 'g 1' }],
  ['$pochta.groups.info', { topic: 'a', group: 'g' }],
  ['$pochta.groups.reset', { topic: 'a', group: 'g', from: 'earliest' }],
  ['$pochta.groups.reset', { topic: 'a', group: 'g', from: 'new' }],
  ['$pochta.groups.reset', { topic: 'a', group: 'g', from: 'last' }],
  ['$pochta.groups.reset', { topic: 'a', group: 'g', from: { sequence: 0 } }],
  ['$pochta.groups.reset', { topic: 'a', group: 'g', from: { time: 1_700_000_000_000 } }],
  ['$pochta.groups.delete', { topic: 'a', group: 'g' }],
  ['$pochta.connections.list', {}, { limit: 100 }],
  ['$pochta.connections.list', { limit: 1, after: 'c1' }],
  ['$pochta.connections.close', { connection: 'c1' }],
];

const BAD: [AdminVerb, object, field: string][] = [
  ['$pochta.topics.list', { filter: 'a.>.b' }, 'filter'],
  ['$pochta.topics.list', { limit: 0 }, 'limit'],
  ['$pochta.topics.list', { limit: 1001 }, 'limit'],
  ['$pochta.topics.list', { limit: null }, 'limit'],
  ['$pochta.topics.list', { after: 'a.*' }, 'after'],
  ['$pochta.topics.create', {}, 'topic'],
  ['$pochta.topics.create', { topic: 'a.*' }, 'topic'],
  ['$pochta.topics.create', { topic: '$pochta.x' }, 'topic'],
  ['$pochta.topics.create', { topic: 'a', policy: null }, 'policy'],
  ['$pochta.topics.create', { topic: 'a', policy: { maxAge: 0 } }, 'policy'],
  ['$pochta.topics.update', { topic: 'a' }, 'policy'],
  ['$pochta.topics.update', { topic: 'a', policy: [] }, 'policy'],
  ['$pochta.topics.update', { topic: 'a', policy: { colour: 'red' } }, 'policy'],
  ['$pochta.topics.delete', { topic: 5 }, 'topic'],
  ['$pochta.topics.purge', { topic: '' }, 'topic'],
  ['$pochta.topics.info', { topic: null }, 'topic'],
  ['$pochta.topics.browse', { topic: 'a', from: 0 }, 'from'],
  ['$pochta.topics.browse', { topic: 'a', from: 'earliest' }, 'from'],
  ['$pochta.topics.browse', { topic: 'a', limit: 1001 }, 'limit'],
  ['$pochta.topics.redrive', { topic: 'a.dead', origin: '>' }, 'origin'],
  ['$pochta.topics.redrive', { topic: 'a.dead', group: '' }, 'group'],
  ['$pochta.topics.redrive', { topic: 'a.dead', reason: 'boredom' }, 'reason'],
  ['$pochta.topics.redrive', { topic: 'a.dead', fromSequence: 0 }, 'fromSequence'],
  ['$pochta.topics.redrive', { topic: 'a.dead', toSequence: 1.5 }, 'toSequence'],
  ['$pochta.topics.redrive', { topic: 'a.dead', limit: 0 }, 'limit'],
  ['$pochta.groups.list', {}, 'topic'],
  ['$pochta.groups.list', { topic: 'a', limit: 1001 }, 'limit'],
  ['$pochta.groups.list', { topic: 'a', after: '' }, 'after'],
  ['$pochta.groups.info', { topic: 'a' }, 'group'],
  ['$pochta.groups.reset', { topic: 'a', group: 'g' }, 'from'],
  ['$pochta.groups.reset', { topic: 'a', group: 'g', from: 'middle' }, 'from'],
  ['$pochta.groups.reset', { topic: 'a', group: 'g', from: {} }, 'from'],
  ['$pochta.groups.reset', { topic: 'a', group: 'g', from: { sequence: -1 } }, 'from'],
  ['$pochta.groups.reset', { topic: 'a', group: 'g', from: { sequence: 1, time: 1 } }, 'from'],
  ['$pochta.groups.reset', { topic: 'a', group: 'g', from: { sequence: 1, epoch: 'e' } }, 'from'],
  ['$pochta.groups.delete', { group: 'g' }, 'topic'],
  ['$pochta.connections.list', { after: 5 }, 'after'],
  ['$pochta.connections.close', {}, 'connection'],
  ['$pochta.connections.close', { connection: 5 }, 'connection'],
];

const VERBS = Object.values(ADMIN_VERBS);

function problem(verb: AdminVerb, message: unknown): PochtaError | undefined {
  try {
    readAdminRequest(verb, message);
    return undefined;
  } catch (error) {
    return error as PochtaError;
  }
}

test.each(GOOD)('%s takes %j', (verb, message, defaults = {}) => {
  const request = readAdminRequest(verb, message);
  expect(request).toBeInstanceOf(ADMIN_DTOS[verb]);
  expect(JSON.parse(JSON.stringify(request))).toMatchObject({ ...defaults, ...message });
});

test.each(BAD)('%s refuses %j', (verb, message, field) => {
  expect(problem(verb, message)).toMatchObject({
    code: 'VALIDATION_FAILED',
    field,
    message: expect.stringMatching(`^${field} `) as string,
  });
});

test.each(VERBS)('%s has good and bad examples', (verb) => {
  expect(GOOD.map(([of]) => of)).toContain(verb);
  expect(BAD.map(([of]) => of)).toContain(verb);
});

test.each(VERBS)('%s refuses members that it does not know', (verb) => {
  const [, message] = GOOD.find(([of]) => of === verb)!;
  for (const name of ['colour', '__proto__', 'constructor', 'toString']) {
    const more = JSON.parse(
      JSON.stringify(message).replace('{', `{"${name}":1,`).replace(',}', '}'),
    ) as unknown;
    expect(problem(verb, more)).toMatchObject({
      code: 'VALIDATION_FAILED',
      field: name,
      message: `${name} is not known here`,
    });
  }
});

test.each([undefined, null, 1, 'a', []])('%j is no request', (message) => {
  expect(problem('$pochta.topics.list', message)).toMatchObject({
    code: 'VALIDATION_FAILED',
    message: 'The message of $pochta.topics.list must be an object',
  });
});

test('what is wrong within a policy is told', () => {
  const text = (policy: unknown): string | undefined =>
    problem('$pochta.topics.update', { topic: 'a', policy })?.message;
  expect(text({ maxDeliveries: 0 })).toBe('policy is wrong: maxDeliveries must be an integer from 1 to 1000');
  expect(text({ colour: 1 })).toBe('policy is wrong: colour is not known here');
  expect(text(5)).toBe('policy must be an object');
});
