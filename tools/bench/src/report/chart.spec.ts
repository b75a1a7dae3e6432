import { barGroups } from './bar-groups';
import { chart, type Bar } from './chart';
import type { Row } from './report';

const bar = (label: string, value: number): Bar => ({
  label,
  value,
  min: value,
  max: value,
  text: String(value),
  side: 'ours',
});

/** Widths of the bars, in order. */
const widths = (svg: string) =>
  [...svg.matchAll(/<rect class="(?:ours|peer|reference)"[^>]* width="([\d.]+)"/g)].map(
    ([, width]) => +width,
  );

it('draws bars as long as their figures, each group by its own scale', () => {
  const svg = chart([
    { title: 'fast', bars: [bar('a', 100), bar('b', 50)] },
    { title: 'slow', bars: [bar('a', 1), bar('b', 0.5)] },
  ]);
  const [a, b, c, d] = widths(svg);
  expect(b / a).toBeCloseTo(0.5, 2);
  expect([c, d]).toEqual([a, b]);
  expect(svg).not.toContain('logarithmic');
});

it('takes a logarithmic scale where the small would vanish, and says so', () => {
  const svg = chart([{ title: 'wide', bars: [bar('a', 1_000_000), bar('b', 10_000), bar('c', 100)] }]);
  expect(svg).toContain('logarithmic');
  const [a, b, c] = widths(svg);
  expect(a - b).toBeCloseTo(b - c, 0);
  expect(c).toBeGreaterThan(0);
});

it('is well-formed whatever a name holds, and has colours for dark pages too', () => {
  const svg = chart([{ title: 'a < b & c', bars: [bar('x > y', 0)] }]);
  expect(svg).toContain('a &lt; b &amp; c');
  expect(svg).toContain('x &gt; y');
  expect(svg).toContain('prefers-color-scheme: dark');
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

it('groups figures by case and tells whose they are', () => {
  const spread = { median: 2000, min: 1000, max: 3000 };
  const row = (contender: string): Row => ({
    case: 'fan-out',
    contender,
    perSecond: spread,
    clientCpu: 1,
    lost: 0,
  });
  const groups = barGroups(
    [row('reference: forwarder'), row('pochta: lmdb'), row('NATS core')],
    [
      {
        case: 'latency',
        contender: 'pochta: lmdb',
        client: 'raw',
        p50: spread,
        p99: spread,
        p999: spread,
        max: spread,
      },
    ],
  );
  expect(groups.map(({ title, bars }) => [title, bars.map(({ label, side }) => [label, side])])).toEqual([
    [
      'fan-out, a second',
      [
        ['reference: forwarder', 'reference'],
        ['pochta: lmdb', 'ours'],
        ['NATS core', 'peer'],
      ],
    ],
    ['latency, p99 (shorter is better)', [['pochta: lmdb, raw client', 'ours']]],
  ]);
  expect(groups[0].bars[0]).toMatchObject({ value: 2000, min: 1000, max: 3000, text: '2,000' });
});
