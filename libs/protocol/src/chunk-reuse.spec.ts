import * as fc from 'fast-check';
import { BinaryClientFrameEncoder } from './binary/client-frame-encoder';
import { BinaryFrameDecoder } from './binary/frame-decoder';
import { clientPreface } from './binary/preface';
import type { FrameDecoder } from './codec';
import type { ClientFrame } from './frames';
import { JsonLinesClientFrameEncoder } from './json-lines/client-frame-encoder';
import { JsonLinesFrameDecoder } from './json-lines/frame-decoder';
import { MessageBatchBuilder, type MessageBatch } from './message-batch';
import { PayloadMemory } from './payload-memory';

interface Codec {
  readonly encoder: BinaryClientFrameEncoder | JsonLinesClientFrameEncoder;
  readonly start: Buffer;
  newDecoder(memory?: PayloadMemory): FrameDecoder;
}

const CODECS: [string, Codec][] = [
  [
    'JSON lines',
    {
      encoder: new JsonLinesClientFrameEncoder(),
      start: Buffer.alloc(0),
      newDecoder: (memory) => new JsonLinesFrameDecoder({}, memory),
    },
  ],
  [
    'binary frames',
    {
      encoder: new BinaryClientFrameEncoder(),
      start: clientPreface(),
      newDecoder: (memory) => new BinaryFrameDecoder({}, undefined, memory),
    },
  ],
];

const textOf = (size: number, index: number): string => `"${String(index).padEnd(size, 'abc')}"`;

function batchOf(sizes: readonly number[], first: number): MessageBatch {
  const builder = new MessageBatchBuilder();
  sizes.forEach((size, index) => {
    const payload = Buffer.from(textOf(size, first + index));
    builder.add(payload, 0, payload.length);
  });
  return builder.build();
}

const REQUEST: ClientFrame = {
  action: 'request',
  id: 1,
  topic: 'r',
  message: { bytes: Buffer.from('"asked"') },
  timeout: 1000,
};

describe.each(CODECS)('what was decoded of %s', (_name, { encoder, start, newDecoder }) => {
  const sizes = fc.array(
    fc.array(fc.oneof(fc.nat(100), fc.nat(3000), fc.nat(90_000)), { minLength: 1, maxLength: 40 }),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  it.each([
    ['a memory', () => new PayloadMemory({ poison: true })],
    ['no memory', () => undefined],
  ])('stays as it is when its chunk is overwritten with the next, with %s', (_memory, newMemory) => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 70_000 }), (batches, chunkBytes) => {
        const frames: Uint8Array[] = [start];
        let sent = 0;
        for (const of of batches) {
          frames.push(encoder.publishes('t', batchOf(of, sent)), encoder.frame(REQUEST));
          sent += of.length;
        }
        const stream = Buffer.concat(frames);
        const decoder = newDecoder(newMemory());
        const decoded: Buffer[] = [];
        const asked: Uint8Array[] = [];
        const messages: MessageBatch[] = [];
        const landing = Buffer.alloc(chunkBytes);
        for (let at = 0; at < stream.length; at += chunkBytes) {
          const length = stream.copy(landing, 0, at);
          decoder.decode(landing.subarray(0, length), {
            onPublishes: (run) => messages.push(...run.batches.map((batch) => batch.messages)),
            onFrame: (frame) => frame.action === 'request' && asked.push(frame.message.bytes),
            onRefused: (error) => expect(error).toBeUndefined(),
            onFatal: (error) => expect(error).toBeUndefined(),
          });
          landing.fill('!');
        }
        for (const batch of messages)
          for (let index = 0; index < batch.count; index++) decoded.push(Buffer.from(batch.payload(index)));
        const expected = batches.flat().map((size, index) => textOf(size, index));
        expect(decoded.map(String)).toEqual(expected);
        expect(asked.map((bytes) => Buffer.from(bytes).toString())).toEqual(batches.map(() => '"asked"'));
      }),
      { numRuns: 60 },
    );
  });
});
