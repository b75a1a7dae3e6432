import { command } from './redis-pub-sub';
import { StreamEntries } from './stream-entries';
import { recordCounter } from './record-walk';
import { excerpt, GROUP, opening, type Counter, type Wire } from './wire';

const BULK = '$'.charCodeAt(0);
const ZERO = '0'.charCodeAt(0);
/** An entry's id has 15 to 34 digits, so its length always has two: `$15\r\n`. */
const LENGTH_BYTES = 5;
const CRLF_BYTES = 2;

/** A stream that is cut to about the topic's limit. */
export const redisStreams: Wire = {
  publisher: ({ topic, payload, burst, limit }) => ({
    openings: [opening('PING\r\n', '+PONG\r\n')],
    burst: Buffer.from(command('XADD', topic, 'MAXLEN', '~', String(limit), '*', 'm', payload).repeat(burst)),
    confirms: confirms(),
  }),
  member: ({ topic, payload }, prefetch) => {
    const entries = new StreamEntries(topic, payload, prefetch);
    return {
      openings: [opening(command('XGROUP', 'CREATE', topic, GROUP, '0', 'MKSTREAM'), '+OK\r\n')],
      begin: entries.read,
      answersAcks: true,
      take: (chunk) => entries.take(chunk),
    };
  },
};

/** Each is the entry's id. */
function confirms(): Counter {
  return recordCounter((bytes, at, stands) => {
    if (bytes.length - at < LENGTH_BYTES) return 0;
    if (bytes[at] !== BULK) throw new Error(`Redis answered ${excerpt(bytes, at)}`);
    stands(1);
    return LENGTH_BYTES + (bytes[at + 1] - ZERO) * 10 + (bytes[at + 2] - ZERO) + CRLF_BYTES;
  });
}
