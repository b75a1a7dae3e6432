import { Exchange } from './exchange';
import { PublishLoop } from './publish-loop';

/** Puts messages into topics as fast as the broker stores them. */
export interface FillPlan {
  readonly kind: 'fill';
  readonly port: number;
  /** One publish for each topic, all of one length: the messages are spread over them in turn. */
  readonly publish: readonly string[];
  readonly confirm: string;
  readonly messages: number;
}

/** Large enough that the broker always has a chunk to read, small enough not to be held back at every burst. */
const WINDOW = 20_000;
const BURST = 500;
const PROGRESS_MS = 1000;

/** Resolves once all are confirmed. */
export async function fill(
  plan: FillPlan,
  progress: (confirmed: number) => void = () => undefined,
): Promise<void> {
  const { messages, publish } = plan;
  const publisher = await Exchange.open(plan.port, plan.confirm);
  const burst = Math.max(1, Math.min(BURST, Math.floor(messages / publish.length)));
  const loop = new PublishLoop(
    publisher.socket,
    {
      bursts: publish.map((frame) => Buffer.from(frame.repeat(burst))),
      burst,
      window: WINDOW,
      total: messages,
    },
    () => publisher.answered,
  );
  publisher.watched.onChange(loop.publish);
  const timer = setInterval(() => progress(Math.floor(publisher.answered)), PROGRESS_MS);
  loop.publish();
  try {
    let confirmed = -1;
    // Each wait ends by itself when nothing moves, and there may be many minutes of it in all.
    while (confirmed < messages) {
      const next = Math.min(messages, confirmed + 1_000_000);
      await publisher.watched.until(`${next} confirms`, () => publisher.answered >= next);
      confirmed = publisher.answered;
    }
    await publisher.untilAnswered(messages);
  } finally {
    clearInterval(timer);
    publisher.close();
  }
}
