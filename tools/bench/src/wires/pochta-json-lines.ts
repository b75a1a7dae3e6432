import { DeliveryScanner, type GroupTexts } from './delivery-scanner';
import { respondInJsonLines } from './responders';
import { GROUP, ofAnswer, ofLength, opening, type Wire } from './wire';

export const CONFIRM = '{"status":"success","message":"Published"}\n';

export function publishFrame(topic: string, payload: string): string {
  return `{"action":"publish","topic":"${topic}","message":${payload}}\n`;
}

const ping = () => opening('{"action":"ping"}\n', '{"status":"success","message":"pong"}\n');

export function groupTexts(topic: string, payload: string): GroupTexts {
  return {
    subscribed: '{"status":"success","message":"Subscribed"',
    delivery: `{"type":"push","topic":"${topic}","message":${payload},`,
    ackHead: `{"action":"ack","topic":"${topic}","group":"${GROUP}","sequences":[`,
    ackTail: ']}\n',
    acked: '{"status":"success","message":"Acknowledged"}\n',
  };
}

export const pochtaJsonLines: Wire = {
  publisher: ({ topic, payload, burst }) => ({
    openings: [ping()],
    burst: Buffer.from(publishFrame(topic, payload).repeat(burst)),
    confirms: ofAnswer(CONFIRM),
  }),
  subscriber: ({ topic, payload }) => ({
    openings: [
      opening(
        `{"action":"subscribe","topic":"${topic}","from":"new"}\n`,
        '{"status":"success","message":"Subscribed"',
      ),
    ],
    deliveries: ofLength(`{"type":"push","topic":"${topic}","message":${payload}}\n`.length),
  }),
  member({ topic, payload }, prefetch) {
    const scanner = new DeliveryScanner(groupTexts(topic, payload));
    return {
      openings: [],
      begin: Buffer.from(
        `{"action":"subscribe","topic":"${topic}","group":"${GROUP}","prefetch":${prefetch}}\n`,
      ),
      answersAcks: true,
      take: (chunk) => scanner.take(chunk),
    };
  },
  requester: ({ topic, payload, burst }) => ({
    openings: [ping()],
    requests: Buffer.from(`{"action":"request","topic":"${topic}","message":${payload}}\n`.repeat(burst)),
    replies: ofAnswer(`{"status":"success","message":${payload}}\n`),
  }),
  responder: ({ topic, payload }) => ({
    openings: [
      opening(`{"action":"respond","topic":"${topic}"}\n`, '{"status":"success","message":"Responding"}\n'),
    ],
    respond: respondInJsonLines(topic, payload),
  }),
};
