import { validateSync } from 'class-validator';
import * as fc from 'fast-check';
import { RecordingSink } from '../../testing';
import { JsonLinesFrameDecoder } from '../json-lines/frame-decoder';
import { MAX_DELAY, MAX_START_TOPICS } from '../limits';
import { FRAME_DTOS, type WireAction } from './frame-dtos';

type Frame = Record<string, unknown>;

const integer = fc.oneof(
  fc.nat(20),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(2 ** 31 - 1, 2 ** 31, 65_535, 65_536),
);
const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '',
    'a',
    'a.b',
    'a.*',
    '*',
    '>',
    'a.>',
    '>.a',
    'a..b',
    '$sys',
    '$sys.>',
    'earliest',
    'й'.repeat(127),
    'x'.repeat(255),
    'x'.repeat(256),
    '\ud800',
    '😀'.repeat(128),
  ),
);
const anything = fc.oneof(
  text,
  integer,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue(),
);
const position = fc.record({ sequence: integer, time: integer, epoch: text }, { requiredKeys: [] });
const oneStart = fc.oneof(fc.constantFrom('earliest', 'new', 'last'), position);
const listed = fc.oneof(
  { weight: 3, arbitrary: fc.record({ sequence: fc.nat() }) },
  { weight: 1, arbitrary: fc.oneof(position, anything) },
);
const startByTopic = fc.record(
  {
    topics: fc.oneof(fc.dictionary(fc.constantFrom('a', 'a.b', '$x', '__proto__'), listed), anything),
    otherwise: fc.oneof(fc.constantFrom('earliest', 'new'), fc.record({ time: fc.nat() }), oneStart),
    sequence: integer,
  },
  { requiredKeys: [] },
);
const start = fc.oneof(oneStart, startByTopic);
const sequences = fc.array(fc.oneof(fc.integer({ min: 1 }), integer), { maxLength: 4 });
const headers = fc.oneof(
  fc.dictionary(fc.string(), fc.string()),
  fc.dictionary(fc.string(), anything, { maxKeys: 3 }),
  fc
    .constantFrom(64, 65)
    .map((count) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}`, '']))),
);
const wait = fc.oneof(fc.nat(1010), integer, fc.constantFrom(MAX_DELAY, MAX_DELAY + 1));

/** Fields of each action that are mostly valid; a mutation then makes some invalid. */
const FIELDS: Record<string, fc.Arbitrary<unknown>> = {
  id: fc.oneof(text, integer),
  topic: text,
  message: fc.oneof(anything, fc.base64String(), fc.constantFrom('AA==', 'AA=', 'AB==', 'A A=', '-_==')),
  text: anything,
  encoding: fc.oneof({ weight: 3, arbitrary: fc.constant('base64') }, { weight: 1, arbitrary: anything }),
  contentType: fc.oneof(text, fc.constantFrom('image/png', 'a\tb', 'ü/x', 'x'.repeat(254))),
  headers,
  key: text,
  messageId: text,
  priority: fc.oneof(fc.nat(9), integer),
  delay: wait,
  deliverAt: wait,
  ttl: wait,
  from: start,
  group: text,
  prefetch: wait,
  ackDeadline: wait,
  maxDeliveries: wait,
  backoff: fc.oneof(fc.record({ min: wait, max: wait }, { requiredKeys: [] }), anything),
  meta: fc.boolean(),
  subscription: text,
  sequence: fc.oneof(fc.integer({ min: 1 }), integer),
  sequences,
  reason: text,
  timeout: wait,
  correlationId: text,
  error: fc.oneof(fc.record({ code: text, message: text }, { requiredKeys: [] }), anything),
  more: fc.boolean(),
  token: text,
  user: text,
  password: text,
  jwt: text,
};
const FIELDS_OF: Record<WireAction, readonly string[]> = {
  publish: [
    'topic',
    'message',
    'encoding',
    'contentType',
    'id',
    'headers',
    'key',
    'priority',
    'delay',
    'deliverAt',
    'ttl',
    'messageId',
  ],
  subscribe: [
    'topic',
    'id',
    'from',
    'group',
    'prefetch',
    'ackDeadline',
    'maxDeliveries',
    'backoff',
    'meta',
    'subscription',
  ],
  unsubscribe: ['topic', 'id', 'group', 'subscription'],
  get: ['topic', 'id'],
  ack: ['topic', 'group', 'id', 'sequence', 'sequences'],
  nack: ['topic', 'group', 'id', 'sequence', 'sequences', 'delay'],
  terminate: ['topic', 'group', 'id', 'sequence', 'sequences', 'reason'],
  touch: ['topic', 'group', 'id', 'sequence', 'sequences'],
  transaction: ['operations', 'id'],
  request: ['topic', 'message', 'encoding', 'contentType', 'id', 'headers', 'timeout'],
  respond: ['topic', 'id'],
  unrespond: ['topic', 'id'],
  reply: ['correlationId', 'id', 'message', 'encoding', 'contentType', 'error', 'more'],
  cancel: ['id'],
  auth: ['id', 'token', 'user', 'password', 'jwt'],
  ping: ['id'],
  send: ['text', 'id'],
  listen: ['id'],
};
const ACTIONS = Object.keys(FIELDS_OF) as WireAction[];

const VALID: Partial<Record<string, unknown>> = {
  topic: 'x',
  group: 'g',
  correlationId: 'c',
  id: 1,
  message: 1,
  text: 1,
  sequence: 1,
};

function frameOf(action: WireAction): fc.Arbitrary<Frame> {
  const operationAction = fc.constantFrom<WireAction>('publish', 'ack');
  const operation = fc.oneof(
    { weight: 6, arbitrary: operationAction.map((of) => ({ ...complement(of), action: of })) },
    { weight: 3, arbitrary: operationAction.chain((of) => fieldsOf(of)) },
    { weight: 1, arbitrary: anything },
  );
  const fields = { ...FIELDS, operations: fc.oneof(fc.array(operation, { maxLength: 3 }), anything) };
  const some = fieldsOf(action, fields);
  // One field replaced by anything at all, fields of other actions and unknown ones included.
  const mutation = fc.dictionary(fc.constantFrom(...Object.keys(fields), 'other'), anything, { maxKeys: 1 });
  return fc
    .tuple(some, fc.oneof(fc.constant({}), mutation))
    .map(([frame, mutated]) => ({ ...frame, ...mutated, action }));
}

/** Some fields of the action; often the valid ones, so that whole frames are valid often enough. */
function fieldsOf(action: WireAction, fields = FIELDS): fc.Arbitrary<Frame> {
  const record = Object.fromEntries(
    FIELDS_OF[action].map((name) => {
      const generated = fields[name] ?? fc.constant([]);
      const seldom = fc.oneof(
        { weight: 3, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: generated },
      );
      return [
        name,
        name in VALID
          ? fc.oneof({ weight: 6, arbitrary: fc.constant(VALID[name]) }, { weight: 1, arbitrary: generated })
          : seldom,
      ];
    }),
  );
  return fc
    .tuple(fc.record(record, { requiredKeys: [] }), fc.boolean())
    .map(([frame, complete]) =>
      complete ? { ...complement(action), ...frame, action } : { ...frame, action },
    );
}

function complement(action: WireAction): Frame {
  return Object.fromEntries(
    FIELDS_OF[action].filter((name) => name in VALID).map((name) => [name, VALID[name]]),
  );
}

function problemOfDecoder(frame: Frame): string | undefined {
  const sink = new RecordingSink();
  new JsonLinesFrameDecoder().decode(Buffer.from(JSON.stringify(frame)), sink);
  const [event] = sink.events;
  if (!('refused' in event)) return undefined;
  expect(event.refused).toBe('INVALID_FRAME');
  return event.field;
}

function problemsOfDto(frame: Frame): string[] {
  const dto = Object.assign(
    new FRAME_DTOS[frame['action'] as WireAction](),
    JSON.parse(JSON.stringify(frame)),
  );
  return validateSync(dto as object).map(({ property }) => property);
}

test.each(ACTIONS)('the decoder and the DTO agree on %s', (action) => {
  let accepted = 0;
  fc.assert(
    fc.property(frameOf(action), (frame) => {
      const field = problemOfDecoder(frame);
      const properties = problemsOfDto(frame);
      if (field === undefined) {
        accepted++;
        expect(properties).toEqual([]);
      } else if (action === 'transaction') expect(properties).not.toEqual([]);
      else expect(properties).toContain(field);
    }),
    { numRuns: 600 },
  );
  expect(accepted).toBeGreaterThan(0);
});

test('the decoder and the DTO agree on where a subscription begins', () => {
  const topic = fc.constantFrom('a', 'a.*', '>', 7);
  const from = fc.oneof(
    start,
    startByTopic,
    fc.dictionary(text, listed).map((topics) => ({ topics })),
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.record({ action: fc.constant('subscribe'), topic, from }), (frame) => {
      const field = problemOfDecoder(frame);
      if (field !== undefined) return expect(problemsOfDto(frame)).toContain(field);
      expect(problemsOfDto(frame)).toEqual([]);
      if (typeof frame.from === 'object' && 'topics' in frame.from) accepted++;
    }),
    { numRuns: 2000 },
  );
  expect(accepted).toBeGreaterThan(0);
});

test.each([
  [MAX_START_TOPICS, undefined],
  [MAX_START_TOPICS + 1, 'from'],
])('the from of a filter with %i topics: %s', (count, field) => {
  const topics = Object.fromEntries(Array.from({ length: count }, (_, n) => [`t.${n}`, { sequence: n }]));
  const frame = { action: 'subscribe', topic: 't.*', from: { topics } };
  expect(problemOfDecoder(frame)).toBe(field);
  expect(problemsOfDto(frame)).toEqual(field === undefined ? [] : [field]);
});

test('the decoder and the DTO agree on payloads that are not JSON', () => {
  const action = fc.constantFrom<WireAction>('publish', 'request', 'reply');
  const pair = fc.record(
    { encoding: FIELDS['encoding'], contentType: FIELDS['contentType'] },
    { requiredKeys: [] },
  );
  let accepted = 0;
  fc.assert(
    fc.property(action, FIELDS['message'], pair, (of, message, fields) => {
      const frame = { ...complement(of), action: of, message, ...fields };
      const field = problemOfDecoder(frame);
      if (field !== undefined) return expect(problemsOfDto(frame)).toContain(field);
      expect(problemsOfDto(frame)).toEqual([]);
      if ('encoding' in fields) accepted++;
    }),
    { numRuns: 1000 },
  );
  expect(accepted).toBeGreaterThan(0);
});
