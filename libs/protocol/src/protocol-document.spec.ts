import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordingSink } from '../testing';
import { FRAME_DTOS } from './dto/frame-dtos';
import { ERROR_TABLE } from './errors/error-table';
import { errorFor } from './errors/error-classes';
import { SUCCESS_TEXT } from './frames';
import { JsonLinesBrokerFrameDecoder } from './json-lines/broker-frame-decoder';
import { JsonLinesFrameDecoder } from './json-lines/frame-decoder';
import { JsonLinesFrameEncoder } from './json-lines/frame-encoder';
import {
  MAX_HEADERS,
  MAX_NAME_LENGTH,
  MAX_OPERATIONS,
  MAX_PREFETCH,
  MAX_SEQUENCES,
  MAX_START_TOPICS,
  MAX_WAIT,
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
