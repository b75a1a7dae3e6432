import { begin, lineEnd, MESSAGE, payloadLength, PING } from './nats';
import { recordCounter } from './record-walk';
import { excerpt, type Counter, type Opening, type Wire } from './wire';

/** Where answers come. */
const INBOX = '_INBOX.bench';
const STREAM = 's'.charCodeAt(0);

/** A stream in a file, of one topic; the oldest go when it is full. */
export const jetstream: Wire = {
  publisher: ({ topic, payload, burst, limit }) => ({
    openings: [begin(`SUB ${INBOX} 1\r\n`), createStream(topic, limit)],
    burst: Buffer.from(`PUB ${topic} ${INBOX} ${payload.length}\r\n${payload}\r\n`.repeat(burst)),
    confirms: confirms(),
  }),
};

/** It does not matter that it is there already, with the same settings. */
function createStream(topic: string, limit: number): Opening {
  return asked(`$JS.API.STREAM.CREATE.${topic}`, {
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
function asked(subject: string, question: object): Opening {
  const json = JSON.stringify(question);
  return {
    send: Buffer.from(`PUB ${subject} ${INBOX} ${json.length}\r\n${json}\r\n`),
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
