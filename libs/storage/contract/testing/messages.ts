import { MessageBatchBuilder, type MessageAttributes, type MessageBatch } from '@pochta/protocol';
import type { LogEntry } from '../src/message-store';
import { isHole } from '../src/message-store';
import { textsOf, type StoreFixture } from './store-fixture';

/** A message of a test: its payload, what else it has, and its message id. */
export type TestMessage = string | readonly [text: string, attributes?: MessageAttributes, id?: string];

export function messagesOf(...messages: readonly TestMessage[]): MessageBatch {
  const builder = new MessageBatchBuilder();
  for (const message of messages) {
    const [text, attributes, id] = typeof message === 'string' ? [message] : message;
    const payload = Buffer.from(text);
    builder.add(payload, 0, payload.length, attributes, id);
  }
  return builder.build();
}

/** ms after which what is waited for is taken not to come. */
const PATIENCE = 4000;

/** Resolves when it is true: looks again in each turn of the event loop. Rejects when that takes too long. */
export async function until(isTrue: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(`never came true: ${isTrue.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What a reader finds from a sequence on, in short: `3: a b`, `taken 5-7`. */
export async function walked(fixture: StoreFixture, topic: string, sequence = 1): Promise<string[]> {
  const reader = await fixture.store.openReader(topic, { sequence });
  const found: string[] = [];
  for (;;) {
    const page = await reader.fetch(1000, 1 << 20);
    if (page.length === 0) return found;
    found.push(...page.map(inShort));
  }
}

function inShort(entry: LogEntry): string {
  if (isHole(entry)) return `${entry.reason} ${entry.from}-${entry.to}`;
  return `${entry.firstSequence}: ${textsOf([entry]).join(' ')}`;
}

/** Lets `ms` pass; resolves when the topic has at most so many messages that wait. */
export async function passUntilDelayed(fixture: StoreFixture, ms: number, topic: string, delayed = 0) {
  fixture.clock.advance(ms);
  await until(() => fixture.store.describe(topic)!.delayed <= delayed);
}
