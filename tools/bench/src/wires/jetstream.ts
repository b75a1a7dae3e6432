import { JetstreamDeliveries, type AckPolicy } from './jetstream-deliveries';
import { begin, lineEnd, MESSAGE, payloadLength, PING } from './nats';
import { recordCounter } from './record-walk';
import { excerpt, GROUP, type Counter, type Opening, type Traffic, type Wire } from './wire';

/** Where answers come: what is sent to an inbox reaches all connections that read it. */
type Inbox = '_INBOX.publisher' | '_INBOX.member';
const DELIVERIES = '_INBOX.deliveries';
const STREAM = 's'.charCodeAt(0);

export const jetstream = streamOf('explicit');
export const jetstreamAckAll = streamOf('all');

/** A stream in a file, of one topic; the oldest go when it is full. */
function streamOf(policy: AckPolicy): Wire {
  const openings = ({ topic, limit }: Traffic, inbox: Inbox) => [
    begin(`SUB ${inbox} 1\r\n`),
    createStream(topic, limit, inbox),
  ];
  return {
    publisher: (traffic) => ({
      openings: openings(traffic, '_INBOX.publisher'),
      burst: Buffer.from(message(traffic.topic, '_INBOX.publisher', traffic.payload).repeat(traffic.burst)),
      confirms: confirms(),
    }),
    member(traffic, prefetch) {
      const { topic } = traffic;
      const messages = prefetch / 2;
      const asks = `$JS.API.CONSUMER.MSG.NEXT.${topic}.${GROUP}`;
      const pull = { bytes: Buffer.from(message(asks, DELIVERIES, `{"batch":${messages}}`)), messages };
      const deliveries = new JetstreamDeliveries(topic, GROUP, policy, pull);
      return {
        openings: [...openings(traffic, '_INBOX.member'), createConsumer(topic, policy, prefetch)],
        begin: Buffer.concat([Buffer.from(`SUB ${DELIVERIES} 2\r\n`), pull.bytes, pull.bytes]),
        answersAcks: false,
        take: (chunk) => deliveries.take(chunk),
      };
    },
  };
}

function message(subject: string, replyTo: string, payload: string): string {
  return `PUB ${subject} ${replyTo} ${payload.length}\r\n${payload}\r\n`;
}

/** A durable pull consumer, from the oldest message on. */
function createConsumer(topic: string, policy: AckPolicy, prefetch: number): Opening {
  return asked(`$JS.API.CONSUMER.DURABLE.CREATE.${topic}.${GROUP}`, '_INBOX.member', {
    stream_name: topic,
    config: {
      durable_name: GROUP,
      deliver_policy: 'all',
      ack_policy: policy,
      max_ack_pending: prefetch,
    },
  });
}

/** It does not matter that it is there already, with the same settings. */
function createStream(topic: string, limit: number, inbox: Inbox): Opening {
  return asked(`$JS.API.STREAM.CREATE.${topic}`, inbox, {
    name: topic,
    subjects: [topic],
    storage: 'file',
    retention: 'limits',
    max_msgs: limit,
    discard: 'old',
    num_replicas: 1,
  });
}

/** A request to JetStream itself; the server may ask meanwhile whether anybody is there. */
function asked(subject: string, inbox: Inbox, question: object): Opening {
  return {
    send: Buffer.from(message(subject, inbox, JSON.stringify(question))),
    answered(received) {
      const text = received.toString('latin1').replace('PING\r\n', '');
      if (text.includes('"error":')) throw new Error(`JetStream answered ${text}`);
      return text.startsWith('MSG ') && text.endsWith('}\r\n');
    },
  };
}

/** Each is a message to the inbox: `{"stream":…` when all is well, and `{"error":…` otherwise. */
function confirms(): Counter {
  return recordCounter((bytes, at, stands) => {
    const end = lineEnd(bytes, at);
    if (end === -1) return 0;
    if (bytes[at] === PING) return end - at;
    if (bytes[at] === MESSAGE && bytes.length < end + 3) return 0;
    if (bytes[at] !== MESSAGE || bytes[end + 2] !== STREAM)
      throw new Error(`JetStream answered ${excerpt(bytes, at)}`);
    stands(1);
    return end - at + payloadLength(bytes, end) + 2;
  });
}
