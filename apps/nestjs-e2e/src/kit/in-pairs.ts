/** Does the work for each of the items, for two of them at a time. Rejects with the first failure, when all is over. */
export async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  const outcomes = await Promise.allSettled([lane(), lane()]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
