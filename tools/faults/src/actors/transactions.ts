import type { Published } from '../history/events';
import { OUTPUTS } from '../plan/topics';

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
    OUTPUTS.map((output) => ({ id: `${output}-of-${id}`, topic: output, of: id })),
  );
  const operations = [
    ...publishes.map(({ id, topic }) => ({
      action: 'publish',
      topic,
      message: { m: id, t: request },
      messageId: id,
    })),
    { action: 'ack', topic, group, sequences },
  ];
  return { frame: { action: 'transaction', operations, id: request }, publishes };
}
