import { terminal } from './table';
import { latencyTable, summariseLatency, type LatencyRun } from './latency-report';

const run = (contender: string, round: number, p99: number, more: Partial<LatencyRun> = {}): LatencyRun => ({
  case: 'latency',
  contender,
  round,
  client: 'raw',
  peer: false,
  durable: false,
  latency: { p50: p99 / 10, p99, p999: p99 * 2, max: p99 * 3 },
  ...more,
});

it('compares with the lowest peer by the same kind of client, in the same round', () => {
  const peer = { peer: true } as const;
  const rows = summariseLatency([
    run('pochta', 1, 1),
    run('pochta', 1, 6, { client: 'plain' }),
    run('NATS', 1, 2, peer),
    run('Redis', 1, 4, peer),
    run('NATS', 1, 3, { ...peer, client: 'plain' }),
    run('pochta', 2, 10),
    run('NATS', 2, 10, peer),
  ]);
  expect(rows.map(({ contender, client, p99OfPeer }) => [contender, client, p99OfPeer])).toEqual([
    ['pochta', 'raw', { median: 0.75, min: 0.5, max: 1 }],
    ['pochta', 'plain', { median: 2, min: 2, max: 2 }],
    ['NATS', 'raw', { median: 1, min: 1, max: 1 }],
    ['Redis', 'raw', { median: 2, min: 2, max: 2 }],
    ['NATS', 'plain', { median: 1, min: 1, max: 1 }],
  ]);
});

it('compares what is durable with the disk by itself', () => {
  const rows = summariseLatency([
    run('fdatasync', 1, 0.4, { client: 'none', durable: true }),
    run('lmdb', 1, 1, {
      durable: true,
      sentLate: { p50: 0.01, p99: 0.05, p999: 1, max: 2 },
      serverCpu: 0.31,
    }),
    run('memory', 1, 0.2),
  ]);
  expect(rows.map(({ p99OfFlush }) => p99OfFlush?.median)).toEqual([undefined, 2.5, undefined]);
  const lines = terminal(latencyTable(rows)).split('\n');
  expect(lines[1]).toMatch(/^latency +fdatasync +0\.040 +0\.400 +0\.400 - 0\.400 +0\.800 +1\.20$/);
  expect(lines[2]).toMatch(/^latency +lmdb, raw client .* 2\.00 +3\.00 +0\.050 +31 % +2\.50$/);
});
