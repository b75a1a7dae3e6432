/**
 * The first `count` names in their order, of those that are wanted. Looks at each name once and keeps no more than
 * `count`, so that a page of many names costs neither a sorted copy of all of them nor a look at each one's tokens:
 * `isWanted` is asked only of names that may be among the first.
 */
export function firstNames(
  names: Iterable<string>,
  count: number,
  isWanted: (name: string) => boolean,
): string[] {
  const first: string[] = [];
  for (const name of names) {
    if (first.length === count && name >= first[count - 1]) continue;
    if (!isWanted(name)) continue;
    if (first.length === count) first.pop();
    first.splice(placeOf(name, first), 0, name);
  }
  return first;
}

/** Where the name belongs among sorted ones. */
function placeOf(name: string, sorted: readonly string[]): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
