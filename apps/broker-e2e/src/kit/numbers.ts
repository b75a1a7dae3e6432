import type { Client, Gap } from '@pochta/client';

/** Publishes that may be unconfirmed at a time. */
const IN_FLIGHT = 5000;

/** Publishes 0, 1, 2 and so on; resolves when all are confirmed, and throws if one was refused. */
export async function publishNumbers(
  client: Client,
  topic: string,
  count: number,
  onConfirmed: (confirmed: number) => void = () => undefined,
): Promise<void> {
  let confirmed = 0;
  const failures: unknown[] = [];
  const publishes: Promise<void>[] = [];
  for (let n = 0; n < count && failures.length === 0; n += 1) {
    const publish = client.publish(topic, n).then(
      () => onConfirmed((confirmed += 1)),
      (error: unknown) => void failures.push(error),
    );
    publishes.push(publish);
    if (client.unconfirmed >= IN_FLIGHT) await publishes[n - IN_FLIGHT / 2];
  }
  await Promise.all(publishes);
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} were refused: ${failures[0]}`);
}

/** Receives 0, 1, 2 and so on; resolves when all have come, and throws at the first that is missing or repeated. */
export async function receiveNumbers(client: Client, topic: string, count: number): Promise<void> {
  const gaps: Gap[] = [];
  const messages = await client.subscribe<number>(topic, { onGap: (gap) => gaps.push(gap) });
  let expected = 0;
  for await (const { value } of messages) {
    if (value !== expected) throw new Error(`Received ${value} instead of ${expected}`);
    expected += 1;
    if (expected === count) break;
  }
  if (gaps.length > 0) throw new Error(`Told of gaps: ${JSON.stringify(gaps)}`);
  if (expected < count) throw new Error(`The subscription ended after ${expected} messages`);
}
