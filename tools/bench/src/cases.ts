import type { Contender } from './contenders/contender';
import { forwarder } from './contenders/forwarder';
import { pochta } from './contenders/pochta';

export interface BenchCase {
  readonly name: string;
  readonly subscribers: number;
  /** Bytes of a message. */
  readonly payloadBytes: number;
  readonly window: number;
  readonly burst: number;
}

export const CASES: readonly BenchCase[] = [
  { name: '1 to 1, 100 bytes', subscribers: 1, payloadBytes: 100, window: 20_000, burst: 500 },
  { name: '1 to 1, 100 bytes, window 1,000', subscribers: 1, payloadBytes: 100, window: 1_000, burst: 100 },
  { name: '1 to 10, 100 bytes', subscribers: 10, payloadBytes: 100, window: 20_000, burst: 500 },
  { name: '1 to 1, 1 KiB', subscribers: 1, payloadBytes: 1024, window: 20_000, burst: 60 },
];

export const CONTENDERS: readonly Contender[] = [
  forwarder('message'),
  forwarder('chunk'),
  pochta('memory'),
  pochta('lmdb'),
];

/** A JSON object of exactly so many bytes, which look like a price and some text. */
export function payloadOf(bytes: number): string {
  const head = '{"symbol":"AAPL","price":187.32,"change":-0.41,"timestamp":1700000000.125,"note":"';
  const tail = '"}';
  return head + 'x'.repeat(bytes - head.length - tail.length) + tail;
}
