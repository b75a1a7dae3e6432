/** Lines with columns, for a terminal: the first so many begin at the left, the others end at the right. */
export function columns(
  head: readonly string[],
  lines: readonly (readonly string[])[],
  leftColumns: number,
): string {
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

export const count = (value: number) => Math.round(value).toLocaleString('en-US');
export const percent = (share: number) => `${Math.round(share * 100)} %`;
/** Two digits that count. */
export const ratio = (value: number) => value.toFixed(value < 0.095 ? 3 : 2);
