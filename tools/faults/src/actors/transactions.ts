import type { Published } from '../history/events';
import { OUTPUTS, RECEIPTS } from '../plan/topics';
import type { Transaction } from '../wire/frames';
import { OPAQUE } from '../wire/payload';

/** A delivery that a member has to settle. */
export interface Input {
  readonly id: string;
  readonly sequence: number;
}

/** A transaction that acks inputs and publishes the effects of each, whose message ids go by the input. */
export function transactionFrame(
  request: number,
  topic: string,
  group: string,
  inputs: readonly Input[],
  sequences: readonly number[],
) {
  const publishes: Published[] = inputs.flatMap(({ id }) =>
    OUTPUTS.map((output) => ({
      id: `${output}-of-${id}`,
      topic: output,
      of: id,
      ...(output === RECEIPTS && { contentType: OPAQUE }),
    })),
  );
  const operations: Transaction['operations'] = [
    ...publishes.map(({ id, topic, contentType }) => ({
      action: 'publish' as const,
      topic,
      message: { m: id, t: request },
      contentType,
      messageId: id,
    })),
    { action: 'ack', topic, group, sequences },
  ];
  const frame: Transaction = { action: 'transaction', operations, id: request };
  return { frame, publishes };
}
