/** The name that was probably meant: the one with the fewest letters to change; `undefined` when none is close. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const bound = Math.max(2, Math.floor(written.length / 3));
  let nearest: string | undefined;
  let fewest = bound + 1;
  for (const name of names) {
    const changes = changesBetween(written.toLowerCase(), name.toLowerCase());
    if (changes >= fewest) continue;
    fewest = changes;
    nearest = name;
  }
  return nearest;
}

/** Letters to insert, delete or replace, and neighbours to swap (Damerau's and Levenshtein's distance). */
function changesBetween(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1] + (a[row - 1] === b[column - 1] ? 0 : 1);
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwapped ? beforePrevious[column - 2] + 1 : Infinity;
      current.push(Math.min(previous[column] + 1, current[column - 1] + 1, replaced, swapped));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length];
}
