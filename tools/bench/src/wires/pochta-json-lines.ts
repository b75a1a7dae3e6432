import { ofAnswer, ofLength, opening, type Wire } from './wire';

export const CONFIRM = '{"status":"success","message":"Published"}\n';

export function publishFrame(topic: string, payload: string): string {
  return `{"action":"publish","topic":"${topic}","message":${payload}}\n`;
}

export const pochtaJsonLines: Wire = {
  publisher: ({ topic, payload, burst }) => ({
    openings: [opening('{"action":"ping"}\n', '{"status":"success","message":"pong"}\n')],
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
};
