import { ofLength, opening, type Wire } from './wire';

export const redisPubSub: Wire = {
  publisher: ({ topic, payload, burst, subscribers }) => ({
    openings: [opening('PING\r\n', '+PONG\r\n')],
    burst: Buffer.from(command('PUBLISH', topic, payload).repeat(burst)),
    // How many it was sent to.
    confirms: ofLength(`:${subscribers}\r\n`.length),
  }),
  subscriber: ({ topic, payload }) => ({
    openings: [
      opening(command('SUBSCRIBE', topic), `${command('subscribe', topic).replace('*2', '*3')}:1\r\n`),
    ],
    deliveries: ofLength(command('message', topic, payload).length),
  }),
};

/** What Redis's protocol calls an array of bulk strings. */
export function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}
