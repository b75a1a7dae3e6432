/**
 * The result of work on a topic that was asked of the store right behind the topic's creation, so that it takes effect
 * in the order it was asked. Of two failures the creation's says more.
 */
export async function afterCreation<T>(created: Promise<unknown> | undefined, work: Promise<T>): Promise<T> {
  if (created === undefined) return work;
  const [creation] = await Promise.allSettled([created, work]);
  if (creation.status === 'rejected') throw creation.reason;
  return work;
}
