/** A table, whatever it will be shown on: the first so many columns begin at the left, the others end at the right. */
export interface Table {
  readonly head: readonly string[];
  readonly lines: readonly (readonly string[])[];
  readonly leftColumns: number;
}

/** For a terminal. */
export function terminal({ head, lines, leftColumns }: Table): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column].length)),
  );
  return [head, ...lines]
    .map((line) =>
      line.map((cell, column) =>
        column < leftColumns ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      ),
    )
    .map((line) => line.join('  ').trimEnd())
    .join('\n');
}

/** For a document. */
export function markdown({ head, lines, leftColumns }: Table): string {
  const rule = head.map((_, column) => (column < leftColumns ? '---' : '---:'));
  return [head, rule, ...lines]
    .map((line) => `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

export const count = (value: number) => Math.round(value).toLocaleString('en-US');
export const percent = (share: number) => `${Math.round(share * 100)} %`;
/** Two digits that count. */
export const ratio = (value: number) => value.toFixed(value < 0.095 ? 3 : 2);
/** ms, with digits enough to tell a tenth of a millisecond from none. */
export const milliseconds = (value: number) => value.toFixed(value < 0.995 ? 3 : 2);
