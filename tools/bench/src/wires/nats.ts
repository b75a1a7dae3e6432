import { opening, type Counter, type Opening, type Wire } from './wire';

const HELLO = 'CONNECT {"verbose":false,"pedantic":false}\r\n';
/** How the line of a message begins. */
export const MESSAGE = 'M'.charCodeAt(0);
/** How a line begins by which the server asks whether anybody is there. */
export const PING = 'P'.charCodeAt(0);
const PING_BYTES = 'PING\r\n'.length;

/** Where replies come. */
const INBOX = '_INBOX.requester';

/** NATS core: nothing is confirmed. */
export const nats: Wire = {
  publisher: ({ topic, payload, burst }) => ({
    openings: [begin('')],
    burst: Buffer.from(`PUB ${topic} ${payload.length}\r\n${payload}\r\n`.repeat(burst)),
  }),
  subscriber: ({ topic, payload }) => ({
    openings: [begin(`SUB ${topic} 1\r\n`)],
    deliveries: messages(delivery(topic, payload)),
  }),
  requester: ({ topic, payload, burst }) => ({
    openings: [begin(`SUB ${INBOX} 1\r\n`)],
    requests: Buffer.from(`PUB ${topic} ${INBOX} ${payload.length}\r\n${payload}\r\n`.repeat(burst)),
    replies: messages(delivery(INBOX, payload)),
  }),
  responder({ topic, payload, burst }) {
    const requests = messages(delivery(topic, payload, `${INBOX} `));
    const reply = `PUB ${INBOX} ${payload.length}\r\n${payload}\r\n`;
    const replies = Buffer.from(reply.repeat(burst));
    return {
      openings: [begin(`SUB ${topic} 1\r\n`)],
      respond: (chunk) => replies.subarray(0, requests(chunk) * reply.length),
    };
  },
};

/** As it comes to the first subscription of a connection. */
function delivery(subject: string, payload: string, replyTo = ''): string {
  return `MSG ${subject} 1 ${replyTo}${payload.length}\r\n${payload}\r\n`;
}

/** Subscribes, and waits until the server has read that. */
export function begin(subscribe: string): Opening {
  return opening(`${HELLO}${subscribe}PING\r\n`, 'INFO ', 'PONG\r\n');
}

/** Messages of that one's length, and now and then the server's question whether anybody is there. */
function messages({ length }: string): Counter {
  /** Bytes of the message or line under way that are still to come. */
  let missing = 0;
  let isMessage = false;
  return (chunk) => {
    let at = missing;
    let count = isMessage && missing > 0 && at <= chunk.length ? 1 : 0;
    while (at < chunk.length) {
      const kind = chunk[at];
      if (kind !== MESSAGE && kind !== PING)
        throw new Error(`NATS sent ${chunk.toString('latin1', at, at + 200)}`);
      isMessage = kind === MESSAGE;
      at += isMessage ? length : PING_BYTES;
      if (isMessage && at <= chunk.length) count++;
    }
    missing = at - chunk.length;
    return count;
  };
}

const NEWLINE = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;

/** Where the line ends that begins there: behind its newline. -1 when that has not come. */
export function lineEnd(bytes: Buffer, at: number): number {
  const newline = bytes.indexOf(NEWLINE, at);
  return newline === -1 ? -1 : newline + 1;
}

/** The payload's length, which a message's line ends with. */
export function payloadLength(bytes: Buffer, end: number): number {
  let length = 0;
  let digit = 1;
  for (let at = end - 3; bytes[at] !== SPACE; at--, digit *= 10) length += (bytes[at] - ZERO) * digit;
  return length;
}
