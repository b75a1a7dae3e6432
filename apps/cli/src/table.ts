import { printable } from './printable';

/** Lines of columns: numbers to the right, all else to the left. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const texts = rows.map((row) => row.map((cell) => printable(`${cell}`)));
  const widths = head.map((title, at) => Math.max(title.length, ...texts.map((row) => row[at].length)));
  const isNumber = head.map((_, at) => rows.length > 0 && rows.every((row) => typeof row[at] === 'number'));
  return [head, ...texts].map((row) =>
    row
      .map((cell, at) => (isNumber[at] ? cell.padStart(widths[at]) : cell.padEnd(widths[at])))
      .join('  ')
      .trimEnd(),
  );
}

/** Lines of names and what they stand for. */
export function facts(pairs: readonly (readonly [string, string | number])[]): string[] {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${printable(`${value}`)}`.trimEnd());
}
