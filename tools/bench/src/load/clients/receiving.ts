import { once } from 'node:events';
import { HandledCount } from '../handled-count';
import { MeasuredSpan, type SpanFindings } from '../measured-span';
import { withinPatience } from '../patience';
import { NumberCheck } from './numbered';
import type { PlainClient } from './plain-client';
import type { ClientFindings, ConsumeWork, SubscriberFindings, SubscriberReady } from './plan';

/** Told so seldom, the count takes next to nothing; the windows are much larger. */
const TOLD_AT_ONCE = 500;
/** The clock starts after this part of the messages. */
const WARM_UP_PART = 0.1;
const PATIENCE_MS = 60_000;

/** Subscribes, says where it counts, and answers the next message to the process with what it has received. */
export async function subscribe(client: PlainClient): Promise<void> {
  if (client.subscribe === undefined) throw new Error('the client has no subscribers');
  const handled = await HandledCount.listen(TOLD_AT_ONCE);
  const check = new NumberCheck();
  await client.subscribe((message) => {
    check.take(message);
    handled.add();
  });
  process.send!({ countPort: handled.port } satisfies SubscriberReady);
  await once(process, 'message');
  handled.close();
  const { count, problem } = check;
  process.send!({ received: count, problem } satisfies SubscriberFindings);
}

/** Takes and acks what is stored, and measures from a tenth of it to the last message. */
export async function consume(client: PlainClient, work: ConsumeWork): Promise<ClientFindings> {
  const { messages, prefetch } = work;
  if (client.consume === undefined) throw new Error('the client has no groups');
  const check = new NumberCheck();
  const warmUp = Math.ceil(messages * WARM_UP_PART);
  let span: MeasuredSpan | undefined;
  let finish!: (findings: SpanFindings) => void;
  const finished = new Promise<SpanFindings>((resolve) => (finish = resolve));
  await client.consume(prefetch, (message) => {
    check.take(message);
    if (check.count === warmUp) span = new MeasuredSpan(work, () => check.count);
    else if (check.count === messages) finish(span!.end());
  });
  const findings = await withinPatience(`${messages} messages`, finished, PATIENCE_MS);
  // The last acks go out.
  await client.close();
  if (check.problem !== undefined) throw new Error(check.problem);
  if (check.count !== messages) throw new Error(`${check.count} of ${messages} messages were delivered`);
  return { ...findings, published: messages };
}
