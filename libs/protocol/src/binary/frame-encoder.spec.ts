import type { BrokerFrame } from '../frames';
import { BinaryFrameEncoder } from './frame-encoder';

const request = (size: number, topic = 'prices'): BrokerFrame => ({
  type: 'request',
  topic,
  correlationId: `c-${size}`,
  message: { bytes: Buffer.alloc(size, size % 251), contentType: 'text/plain' },
});

it('frames of one encoder stay as they are, whatever is encoded behind them', () => {
  const encoder = new BinaryFrameEncoder();
  const frames = [0, 10, 8000, 100, 9000, 3, 300_000, 20, 8192, 1].map((size) => request(size));
  const encoded = frames.map((frame) => encoder.frame(frame));
  const alone = frames.map((frame) => Buffer.from(new BinaryFrameEncoder().frame(frame)));
  expect(encoded.map((bytes) => Buffer.from(bytes))).toEqual(alone);
});

it('a small frame keeps no more than eight kilobytes alive, whatever was encoded before it', () => {
  const encoder = new BinaryFrameEncoder();
  for (let n = 0; n < 200; n++) encoder.frame(request(n % 50 === 0 ? 100_000 : 100));
  expect(encoder.frame(request(100)).buffer.byteLength).toBeLessThanOrEqual(8192);
});

it.each(['prices', 'prix.été', '価格', '💶'])('texts are encoded as UTF-8: %s', (topic) => {
  const bytes = new BinaryFrameEncoder().frame(request(1, topic));
  expect(Buffer.from(bytes).includes(Buffer.from(topic))).toBe(true);
});
