import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { RecordingSink } from '../testing';
import { ADMIN_VERBS, type AdminVerb } from './admin-verbs';
import { ADMIN_DTOS, readAdminRequest } from './dto/admin/admin-requests';
import { FRAME_DTOS } from './dto/frame-dtos';
import { ERROR_TABLE } from './errors/error-table';
import { errorFor } from './errors/error-classes';
import type { PochtaError } from './errors/pochta-error';
import { SUCCESS_TEXT } from './frames';
import { JsonLinesBrokerFrameDecoder } from './json-lines/broker-frame-decoder';
import { CLIENT_FIELDS } from './json-lines/client-frame-fields';
import { JsonLinesFrameDecoder } from './json-lines/frame-decoder';
import { JsonLinesFrameEncoder } from './json-lines/frame-encoder';
import {
  MAX_DELAY,
  MAX_DELIVERIES,
  MAX_HEADERS,
  MAX_NAME_LENGTH,
  MAX_OPERATIONS,
  MAX_PREFETCH,
  MAX_SEQUENCES,
  MAX_START_TOPICS,
  MAX_WAIT,
  MIN_ACK_DEADLINE,
} from './limits';

const DOCUMENT = readFileSync(join(__dirname, '../../../docs/protocol.md'), 'utf8');
/** The worked examples: what the client sends, and what the broker answers, line by line. */
const EXAMPLES = [...DOCUMENT.matchAll(/```text\n(.*?)```/gs)].map(([, block]) => {
  const lines = (prefix: string): string[] =>
    block
      .split('\n')
      .filter((line) => line.startsWith(prefix))
      .map((line) => line.slice(prefix.length));
  return { client: lines('C: '), broker: lines('B: ') };
});

/** What a decoder itself answers. */
const REFUSAL = /"code":"(INVALID_JSON|INVALID_FRAME|UNKNOWN_ACTION)"/;

test('there are examples', () => expect(EXAMPLES.length).toBeGreaterThan(2));

test.each(EXAMPLES)(
  'what the client sends is answered as the example says: $client',
  ({ client, broker }) => {
    const sink = new RecordingSink();
    const chunk = Buffer.from(client.map((line) => `${line}\n`).join(''));
    new JsonLinesFrameDecoder().decode(chunk, sink);
    const encoder = new JsonLinesFrameEncoder();
    const refusals = sink.events.flatMap((event) => {
      if (!('refused' in event)) return [];
      const { refused: code, text: message, id } = event;
      return [
        Buffer.from(encoder.frame({ type: 'error', code, message, id }))
          .toString()
          .trim(),
      ];
    });
    expect(refusals).toEqual(broker.filter((line) => REFUSAL.test(line)));
  },
);

test.each(EXAMPLES)('what the broker says is what a client understands: $broker', ({ broker }) => {
  const seen: unknown[] = [];
  const note = (what: unknown): void => void seen.push(what);
  const fail = (error: Error): never => {
    throw error;
  };
  const decoder = new JsonLinesBrokerFrameDecoder();
  for (const line of broker) {
    decoder.decode(Buffer.from(`${line}\n`), {
      onConfirms: note,
      onPush: note,
      onFrame: note,
      onFatal: fail,
    });
  }
  expect(seen).toHaveLength(broker.length);
});

test.each(Object.keys(FRAME_DTOS))('the action %s has a row', (action) => {
  expect(DOCUMENT).toMatch(new RegExp(`^\\|[^|]*(\`${action}\`|"action":"${action}")`, 'm'));
});

test.each(Object.keys(CLIENT_FIELDS.of).filter((name) => name !== 'action'))(
  'the field %s of a client is told',
  (name) => expect(DOCUMENT).toMatch(new RegExp(`["\`]${name}["\`]`)),
);

describe('administration', () => {
  test.each(Object.values(ADMIN_VERBS))('%s has a row with all its members', (verb) => {
    const row = DOCUMENT.split('\n').find((line) => line.startsWith(`| \`${verb}\` `)) ?? '';
    const [, , required, optional] = row.split('|');
    const known = getMetadataStorage()
      .getTargetValidationMetadatas(ADMIN_DTOS[verb], '', true, false)
      .map(({ propertyName }) => propertyName);
    for (const name of known) expect(required + optional).toContain(`\`${name}\``);
  });

  test('its examples are taken, or refused as they say', () => {
    const requests = EXAMPLES.flatMap(({ client }) => client.filter((line) => line.includes('"$pochta.')));
    expect(requests.length).toBeGreaterThan(2);
    const refusals = requests.flatMap((line) => {
      const { topic, message, id } = JSON.parse(line) as { topic: AdminVerb; message: unknown; id: number };
      try {
        readAdminRequest(topic, message);
        return [];
      } catch (error) {
        const { code, message: text } = error as PochtaError;
        return [JSON.stringify({ status: 'error', message: text, code, id })];
      }
    });
    const told = EXAMPLES.flatMap(({ broker }) =>
      broker.filter((line) => line.includes('VALIDATION_FAILED')),
    );
    expect(refusals).toEqual(told);
  });
});

test.each(Object.values(SUCCESS_TEXT))('the text %s is in the table of actions', (text) =>
  expect(DOCUMENT).toContain(`"message":"${text}"`),
);

test.each(['TOPIC_FULL', 'UNKNOWN_ACTION', 'INVALID_JSON'] as const)(
  'the fixed text of %s is told',
  (code) => {
    expect(errorFor(code).message).toBe(ERROR_TABLE[code].text);
    expect(DOCUMENT).toMatch(new RegExp(`\`${ERROR_TABLE[code].text}\` +\\| \`${code}\``));
  },
);

test.each([
  MAX_DELAY,
  MAX_DELIVERIES,
  MIN_ACK_DEADLINE,
  MAX_NAME_LENGTH,
  MAX_HEADERS,
  MAX_SEQUENCES,
  MAX_START_TOPICS,
  MAX_OPERATIONS,
  MAX_PREFETCH,
  MAX_WAIT,
])('the limit %i is told', (limit) => {
  expect(DOCUMENT).toContain(limit.toLocaleString('en-US'));
});
