import { createInterface } from 'node:readline';
import {
  type Client,
  type Delivery,
  type GroupSubscription,
  PochtaError,
  type StartPosition,
} from '@pochta/client';
import { described, sayFailure } from './failure';
import { interrupted } from './interruption';
import { gapLine, type LineOptions, messageLine } from './message-line';
import { outputClosed, print, say } from './output';

/** What a member that prints keeps from the others at most. */
const PREFETCH = 10;
const HELP = 'Say ack, nack [ms] or terminate [reason].';

export interface MemberOptions {
  readonly from?: StartPosition;
  readonly count: number;
  readonly manual?: boolean;
}

/** Prints the messages that a group gives to this member, each of which is settled once it is printed. */
export async function share(
  client: Client,
  topic: string,
  group: string,
  line: LineOptions,
  { from, count, manual }: MemberOptions,
): Promise<void> {
  const member = await client.subscribe(topic, {
    group,
    from,
    prefetch: manual ? 1 : Math.min(PREFETCH, count),
    signal: interrupted,
    onGap: (gap) => say(gapLine(gap)),
  });
  const settle = manual ? settledByHand(member) : ack;
  let printed = 0;
  for await (const delivery of member) {
    await print(messageLine(delivery, line));
    // What nobody has read is for another member.
    if (outputClosed.aborted || !(await settle(delivery))) break;
    printed += 1;
    if (printed >= count) break;
  }
}

/** Acks travel together, so nobody waits for each: the client's drain does for all. */
async function ack(delivery: Delivery): Promise<boolean> {
  delivery.ack().catch(tell);
  return true;
}

/** `NOT_IN_FLIGHT`: the message comes again, and nothing else can be done. */
function tell(error: unknown): void {
  if (error instanceof PochtaError && error.code === 'NOT_IN_FLIGHT') return;
  if (interrupted.aborted) return;
  const { code, text } = described(error);
  sayFailure(code, text);
}

/** Settles as the lines of the standard input say; false at their end. */
function settledByHand(member: GroupSubscription): (delivery: Delivery) => Promise<boolean> {
  const input = createInterface({ input: process.stdin });
  const lines = input[Symbol.asyncIterator]();
  interrupted.addEventListener('abort', () => input.close());
  void member.closed.then(() => input.close());
  return async (delivery) => {
    if (process.stderr.isTTY) say(HELP);
    for (;;) {
      const { value, done } = await lines.next();
      if (done) return false;
      try {
        if (await obey(delivery, value)) return true;
        say(HELP);
      } catch (error) {
        tell(error);
        return true;
      }
    }
  };
}

/** Whether the line was a verb. */
async function obey(delivery: Delivery, line: string): Promise<boolean> {
  const [, verb, rest] = /^(\S*)\s*(.*)$/s.exec(line.trim())!;
  if (verb === 'ack' && rest === '') await delivery.ack();
  else if (verb === 'nack' && /^\d*$/.test(rest)) await delivery.nack(rest === '' ? undefined : Number(rest));
  else if (verb === 'terminate') await delivery.terminate(rest || undefined);
  else return false;
  return true;
}
