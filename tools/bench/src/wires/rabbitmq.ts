import {
  ACK,
  channelOpenings,
  confirmSelect,
  declareQueue,
  DURABLE,
  frameBytes,
  isMethod,
  publishFrames,
  settlement,
  SETTLEMENT_BYTES,
} from './amqp';
import { recordCounter } from './record-walk';
import { excerpt, type Counter, type Wire } from './wire';

export const rabbitmqQuorum = queueOf('quorum');
export const rabbitmqClassic = queueOf('classic');

/** A durable queue of persistent messages, which drops the oldest when it is full. */
function queueOf(type: 'quorum' | 'classic'): Wire {
  return {
    publisher: ({ topic, payload, burst, limit }) => ({
      openings: [
        ...channelOpenings(),
        declareQueue(topic, DURABLE, { 'x-queue-type': type, 'x-max-length': limit }),
        confirmSelect(),
      ],
      burst: Buffer.concat(new Array<Buffer>(burst).fill(publishFrames('', topic, payload, true))),
      confirms: confirms(),
    }),
  };
}

/** A confirm is of one publish, or of all up to it; they may overtake each other. */
function confirms(): Counter {
  let allUpTo = 0;
  const ahead = new Set<number>();
  const take = (tag: number, multiple: boolean) => {
    if (!multiple) ahead.add(tag);
    else if (tag > allUpTo) {
      allUpTo = tag;
      for (const each of ahead) if (each <= tag) ahead.delete(each);
    }
    while (ahead.delete(allUpTo + 1)) allUpTo++;
    return allUpTo + ahead.size;
  };
  let confirmed = 0;
  return recordCounter((bytes, at, stands) => {
    if (bytes.length - at < SETTLEMENT_BYTES) return 0;
    if (!isMethod(bytes, at, ACK)) throw new Error(`RabbitMQ sent ${excerpt(bytes, at)}`);
    const { tag, multiple } = settlement(bytes, at);
    const before = confirmed;
    confirmed = take(tag, multiple);
    stands(confirmed - before);
    return frameBytes(bytes, at);
  });
}
