import type { Row } from './report';
import { markdownText, terminalText } from './sections';

const row: Row = {
  case: 'fan-out: 1 to 1',
  contender: 'a | b',
  perSecond: { median: 2, min: 1, max: 3 },
  serverCpu: 0.95,
  clientCpu: 0.5,
  batch: 500,
  lost: 0,
};
const summary = { rows: [row], latency: [], growth: [] };

it('shows what there is, and nothing of what was not run', () => {
  const text = terminalText(summary);
  expect(text).toContain('fan-out: 1 to 1');
  expect(text).not.toMatch(/p99|stored/);
  expect(terminalText({ rows: [], latency: [], growth: [] })).toBe('');
});

it('writes the same as Markdown, in which a bar in a name ends no cell', () => {
  const [head, rule, line, , note] = markdownText(summary).split('\n');
  expect(head).toBe(
    '| case | contender | per second | spread | ratio | server CPU | client CPU | limit | batch |',
  );
  expect(rule).toBe('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  expect(line).toBe('| fan-out: 1 to 1 | a \\| b | 2 | 1 - 3 |  | 95 % | 50 % | server | 500 |');
  expect(note).toBe('- ratio: of the reference in the same round');
});
