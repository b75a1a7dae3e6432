import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, PochtaError, PublishManyError } from '@pochta/client';
import type { Feed } from './feeds';

export interface Publishing {
  readonly topic: string;
  /** Messages a second. */
  readonly rate: number;
  readonly count: number;
  /** Ends the publishing, without an error. */
  readonly signal: AbortSignal;
  /** Told of each message that the broker has confirmed. */
  readonly onPublished: (message: object) => void;
  /** Told what stands in the way, and when it no longer does. */
  readonly say: (text: string) => void;
}

/** Messages that are published in one call, when the rate asks for more than one at a time. */
const LARGEST_BATCH = 1000;

/** ms after which a refused message is tried again. */
const RETRY_DELAY = 1000;

/** Publishes what the feed gives, at the wanted rate. */
export async function publishFeed(client: Client, feed: Feed, publishing: Publishing): Promise<void> {
  const interval = (1000 * feed.round) / publishing.rate;
  const { count, signal } = publishing;
  let published = 0;
  let due = Date.now();
  while (published < count && !signal.aborted) {
    const batch: object[] = [];
    // After a wait for the broker, go on at the same rate rather than make up for all that was missed.
    due = Math.max(due, Date.now() - 1000);
    do {
      batch.push(...feed.rounds.next().value);
      due += interval;
    } while (due <= Date.now() && batch.length < LARGEST_BATCH);
    batch.length = Math.min(batch.length, count - published);
    await publishAll(client, batch, publishing);
    published += batch.length;
    if (published < count) await pause(due - Date.now(), signal);
  }
}

/** Publishes the messages in order; those that the broker refuses for the time being again and again, until it takes them. */
async function publishAll(client: Client, batch: object[], publishing: Publishing): Promise<void> {
  const { topic, signal, onPublished, say } = publishing;
  let waiting = batch;
  let told: string | undefined;
  while (waiting.length > 0 && !signal.aborted) {
    const refusal = await publishOnce(client, topic, waiting, signal);
    const refused = new Set(refusal?.refused);
    waiting.filter((message) => !refused.has(message)).forEach(onPublished);
    waiting = [...refused];
    if (refusal !== undefined && refusal.error.code !== told) {
      told = refusal.error.code;
      say(advice(topic, refusal.error));
    }
    if (waiting.length > 0) await pause(RETRY_DELAY, signal);
    else if (told !== undefined) say(`${topic} takes messages again.`);
  }
}

/** The messages that were refused and may be tried again; throws when that would not help. */
async function publishOnce(
  client: Client,
  topic: string,
  messages: object[],
  signal: AbortSignal,
): Promise<{ refused: object[]; error: PochtaError } | undefined> {
  try {
    await client.publishMany(topic, messages);
    return undefined;
  } catch (error) {
    if (!(error instanceof PochtaError)) throw error;
    const failures = error instanceof PublishManyError ? error.failures : undefined;
    const lasting = failures?.find((failure) => !failure.error.retriable)?.error;
    if ((lasting !== undefined || !error.retriable) && !signal.aborted) throw lasting ?? error;
    return { refused: failures?.map(({ index }) => messages[index]) ?? messages, error };
  }
}

/** What can be done about a refusal. */
export function advice(topic: string, error: PochtaError): string {
  if (error.code !== 'TOPIC_FULL') return `${error.message} (${error.code}); trying again every second.`;
  return [
    `${topic} is full: it holds as many messages as it may. Trying again every second. To make room:`,
    `  take messages off it:   npx nx serve consumer --topic=${topic} --get`,
    `  let it hold more:       raise its maxMessages in pochta.yaml`,
    `  keep the newest only:   set its overflow to drop-oldest in pochta.yaml`,
  ].join('\n');
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  // Rejects only when the signal ends the wait, and then the loop ends by itself.
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
