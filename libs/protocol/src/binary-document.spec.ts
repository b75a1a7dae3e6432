import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordingSink } from '../testing';
import { BinaryBrokerFrameDecoder } from './binary/broker-frame-decoder';
import { BinaryClientFrameEncoder } from './binary/client-frame-encoder';
import { DONE_TEXTS } from './binary/done-texts';
import { BinaryFrameDecoder } from './binary/frame-decoder';
import { BinaryFrameEncoder } from './binary/frame-encoder';
import { compressionNamed, COMPRESSIONS } from './binary/compression';
import { MAX_FRAME_MESSAGES, MAX_PIECE } from './binary/layout';
import { agreedCompression, brokerPreface, clientPreface } from './binary/preface';
import { errorFor } from './errors/error-classes';
import { DEFAULT_LIMITS } from './limits';
import { type MessageBatch, MessageBatchBuilder, type MessageAttributes } from './message-batch';

const DOCUMENT = readFileSync(join(__dirname, '../../../docs/protocol.md'), 'utf8');
const SECTION = DOCUMENT.slice(DOCUMENT.indexOf('## 3. Binary'), DOCUMENT.indexOf('## 4. '));
const COMPRESSION = SECTION.slice(SECTION.indexOf('### Compression'), SECTION.indexOf('### Which publish'));
const examplesIn = (text: string): { side: string; hex: string }[] =>
  [...text.matchAll(/^([CB]): ([0-9a-f ]+)$/gm)].map(([, side, hex]) => ({
    side,
    hex: hex.replace(/ /g, ''),
  }));
const EXAMPLES = examplesIn(SECTION.replace(COMPRESSION, ''));

const client = new BinaryClientFrameEncoder();
const broker = new BinaryFrameEncoder();
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function batch(
  payloads: readonly (string | Buffer)[],
  attributes?: readonly (MessageAttributes | undefined)[],
  messageIds?: readonly string[],
): MessageBatch {
  const builder = new MessageBatchBuilder();
  payloads.forEach((payload, index) => {
    const bytes = Buffer.from(payload as string);
    builder.add(bytes, 0, bytes.length, attributes?.[index], messageIds?.[index]);
  });
  return builder.build();
}

const confirms = (count: number): Uint8Array => broker.confirms({ count, batches: [] });
const json = (text: string): { bytes: Buffer } => ({ bytes: Buffer.from(text) });
const stored = { topic: 'orders', firstSequence: 300, timestamp: 1_700_000_000_000 };
const { code, message } = errorFor('NO_RESPONDERS');

/** What the examples say, in their order. */
const SAID: [side: 'C' | 'B', bytes: Uint8Array][] = [
  ['C', clientPreface()],
  ['B', brokerPreface(DEFAULT_LIMITS.maxFrameBytes)],
  ['C', client.publishes('orders', batch(['null', '4', '[]']))],
  ['B', confirms(3)],
  ['C', client.publishes('x', batch(['1', '2'], undefined, ['c-9', 'c-10']))],
  ['B', confirms(2)],
  [
    'C',
    client.publishes(
      'x',
      batch(
        [Buffer.of(0x89), Buffer.of(0x50, 0x4e)],
        [{ contentType: 'image/png' }, { contentType: 'image/png', key: 'k', priority: 5 }],
      ),
    ),
  ],
  ['B', broker.confirms({ count: 2, batches: [] }, [undefined, errorFor('TOPIC_FULL')])],
  [
    'B',
    Buffer.concat(
      broker.pushes(
        { ...stored, messages: batch(['1', '22']) },
        { meta: true, subscription: 's', epoch: 'e' },
      ),
    ),
  ],
  ['C', client.frame({ action: 'get', id: 'a', topic: 'orders' })],
  ['B', broker.frame({ type: 'success', id: 'a', message: json('{"n":1}') })],
  ['C', client.frame({ action: 'ack', id: 7, topic: 'orders', group: 'billing', sequences: [1, 2, 3, 9] })],
  ['B', broker.frame({ type: 'success', id: 7, message: 'Acknowledged' })],
  ['C', client.frame({ action: 'request', id: 9, topic: 'x', message: json('[]') })],
  ['B', broker.frame({ type: 'error', id: 9, code, message })],
  ['C', client.frame({ action: 'ping' })],
  ['B', broker.frame({ type: 'success', message: 'pong' })],
];

test('the examples are what the codec says', () => {
  expect(EXAMPLES).toEqual(SAID.map(([side, bytes]) => ({ side, hex: hexOf(bytes) })));
});

const bytesOf = (side: string, examples = EXAMPLES): Buffer => {
  const said = examples.filter((example) => example.side === side);
  return Buffer.from(said.map(({ hex }) => hex).join(''), 'hex');
};

test('the examples are understood on the other side', () => {
  const sink = new RecordingSink();
  const decoder = new BinaryFrameDecoder();
  decoder.decode(bytesOf('C'), sink);
  expect(sink.events.filter((event) => 'refused' in event || 'fatal' in event)).toEqual([]);
  expect([sink.events.length, decoder.pendingBytes]).toEqual([3 + 2 + 2 + 4, 0]);
  let heard = 0;
  const broken = (error: Error): never => {
    throw error;
  };
  const other = new BinaryBrokerFrameDecoder();
  other.decode(bytesOf('B'), {
    onConfirms: (count) => (heard += count),
    onPush: () => heard++,
    onFrame: () => heard++,
    onFatal: broken,
  });
  expect([heard, other.pendingBytes]).toEqual([3 + 2 + 1 + 1 + 2 + 4, 0]);
});

test.each(DONE_TEXTS.map((text, number) => [number, text] as const))(
  'the fixed text %i, %s, is told',
  (...said) => {
    expect(SECTION).toContain(`${said[0]} \`${said[1]}\``);
  },
);

test('the limit of messages is told', () => {
  expect(SECTION).toContain(MAX_FRAME_MESSAGES.toLocaleString('en-US'));
});

// Of the bytes that an algorithm makes, only what they hold is fixed.
test('the example of compression is what was agreed on, and holds what it says', () => {
  const examples = examplesIn(COMPRESSION);
  const deflate = compressionNamed('deflate');
  const [offer, taken] = [clientPreface([deflate]), brokerPreface(DEFAULT_LIMITS.maxFrameBytes, deflate)];
  expect(examples.slice(0, 2).map(({ hex }) => hex)).toEqual([hexOf(offer), hexOf(taken)]);
  expect(agreedCompression(bytesOf('C', examples), COMPRESSIONS)).toBe(deflate);
  const sink = new RecordingSink();
  new BinaryFrameDecoder({}, deflate).decode(bytesOf('C', examples), sink);
  expect(sink.events).toEqual(new Array(3).fill({ frame: { action: 'ping' } }));
  const heard: unknown[] = [];
  new BinaryBrokerFrameDecoder({}, deflate).decode(bytesOf('B', examples), {
    onConfirms: (count) => heard.push(count),
    onPush: (push) => heard.push(push),
    onFrame: (frame) => heard.push(frame.type),
    onFatal: ({ code }) => heard.push(code),
  });
  expect(heard).toEqual(['success', 'success', 'success']);
});

test('the algorithms and the limits of compression are told', () => {
  for (const { name, capability } of COMPRESSIONS)
    expect(COMPRESSION).toContain(`| 0x0${capability} | ${name} (`);
  expect(COMPRESSION).toContain(`1 to ${MAX_PIECE.toLocaleString('en-US')} bytes`);
});
