import { BinaryClientFrameEncoder, JsonLinesClientFrameEncoder, MessageBatchBuilder } from './index';

const PAYLOAD = Buffer.from('"some message"');
const numbers = Array.from({ length: 3000 }, (_, index) => 3 * index + 1);

function batch(withIds: boolean) {
  const builder = new MessageBatchBuilder();
  for (const number of numbers)
    builder.add(PAYLOAD, 0, PAYLOAD.length, undefined, withIds ? `c-${number}` : undefined);
  return builder.build();
}

it.each([
  ['binary frames', new BinaryClientFrameEncoder({ maxFrameBytes: 8192 })],
  ['JSON lines', new JsonLinesClientFrameEncoder()],
])('%s are the same for message ids that are counted and for those that are written out', (_, encoder) => {
  const counted = encoder.publishes('t', batch(false), undefined, { prefix: 'c-', numbers });
  expect(Buffer.from(counted).equals(encoder.publishes('t', batch(true)))).toBe(true);
});
