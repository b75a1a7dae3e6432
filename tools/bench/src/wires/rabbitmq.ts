import {
  ACK,
  ackUpTo,
  answeredBy,
  bindQueue,
  channelOpenings,
  confirmSelect,
  consume,
  CONSUME_OK,
  declareExchange,
  declareQueue,
  DELIVER,
  delivery,
  DELIVERY_BYTES,
  DURABLE,
  EXCLUSIVE,
  FRAME_HEAD_BYTES,
  frameBytes,
  isBody,
  isMethod,
  isOfMethod,
  prefetchOf,
  publishFrames,
  settlement,
  SETTLEMENT_BYTES,
} from './amqp';
import { recordCounter } from './record-walk';
import { excerpt, type Counter, type MemberSide, type Traffic, type Wire } from './wire';

export const rabbitmqQuorum = queueOf('quorum');
export const rabbitmqClassic = queueOf('classic');

const CONSUMER = 'bench';
/** Each has a name of its own. */
let queues = 0;

/** A fanout exchange, and for each subscriber a queue in memory that goes with its connection. Nothing is confirmed. */
export const rabbitmqFanOut: Wire = {
  publisher: ({ topic, payload, burst }) => ({
    openings: [...channelOpenings(), declareExchange(topic, 'fanout')],
    burst: Buffer.concat(new Array<Buffer>(burst).fill(publishFrames(topic, '', payload, false))),
  }),
  subscriber({ topic }) {
    const queue = `${topic}-${++queues}`;
    return {
      openings: [
        ...channelOpenings(),
        declareExchange(topic, 'fanout'),
        declareQueue(queue, EXCLUSIVE, {}),
        bindQueue(queue, topic),
        answeredBy(consume(queue, CONSUMER, true), CONSUME_OK),
      ],
      deliveries: deliveries(),
    };
  },
};

/** A durable queue of persistent messages, which drops the oldest when it is full. */
function queueOf(type: 'quorum' | 'classic'): Wire {
  const declared = ({ topic, limit }: Traffic) =>
    declareQueue(topic, DURABLE, { 'x-queue-type': type, 'x-max-length': limit });
  return {
    publisher: (traffic) => ({
      openings: [...channelOpenings(), declared(traffic), confirmSelect()],
      burst: Buffer.concat(
        new Array<Buffer>(traffic.burst).fill(publishFrames('', traffic.topic, traffic.payload, true)),
      ),
      confirms: confirms(),
    }),
    member: (traffic, prefetch) => ({
      openings: [...channelOpenings(), declared(traffic), prefetchOf(prefetch)],
      begin: consume(traffic.topic, CONSUMER, false),
      answersAcks: false,
      take: acked(),
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

/** One ack is of all that have come. */
function acked(): MemberSide['take'] {
  const count = deliveries();
  let last = 0;
  return (chunk) => {
    const delivered = count(chunk);
    last += delivered;
    return { delivered, settled: 0, send: delivered > 0 ? ackUpTo(last) : undefined };
  };
}

/** A delivery is a method, a header and a body. */
function deliveries(): Counter {
  let last = 0;
  return recordCounter((bytes, at, stands) => {
    if (bytes.length - at < FRAME_HEAD_BYTES) return 0;
    const size = frameBytes(bytes, at);
    if (isBody(bytes, at)) stands(1);
    if (!isOfMethod(bytes, at)) return size;
    if (bytes.length - at < Math.min(size, DELIVERY_BYTES + CONSUMER.length)) return 0;
    if (isMethod(bytes, at, DELIVER)) {
      const { tag, redelivered } = delivery(bytes, at);
      if (redelivered || tag !== last + 1) throw new Error(`delivery ${tag} came again, or after ${last}`);
      last = tag;
    } else if (!isMethod(bytes, at, CONSUME_OK)) throw new Error(`RabbitMQ sent ${excerpt(bytes, at)}`);
    return size;
  });
}
