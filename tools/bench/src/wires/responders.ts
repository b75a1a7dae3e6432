import { RecordWalk } from './record-walk';
import { ReplyWriter } from './reply-writer';
import { excerpt, isAt } from './wire';

/** The replies to the requests that a chunk completes, if it does any. */
export type Respond = (chunk: Buffer) => Uint8Array | undefined;

const NEWLINE = 0x0a;
const QUOTE = 0x22;

/** A line is `{"type":"request","topic":…,"correlationId":"…","message":…}`. */
export function respondInJsonLines(topic: string, payload: string): Respond {
  const head = Buffer.from(`{"type":"request","topic":"${topic}","correlationId":"`);
  const writer = new ReplyWriter('{"action":"reply","correlationId":"', `","message":${payload}}\n`);
  return responder(writer, (bytes, at) => {
    const newline = bytes.indexOf(NEWLINE, at);
    if (newline === -1) return 0;
    if (!isAt(head, bytes, at)) throw new Error(`the broker sent ${excerpt(bytes, at)}`);
    const id = at + head.length;
    writer.add(bytes, id, bytes.indexOf(QUOTE, id));
    return newline + 1 - at;
  });
}

/** Types of frames, and the flags of a reply; docs/protocol.md, section 3. */
const REPLY = 0x08;
const FORWARDED_REQUEST = 0x86;
const CONTENT_TYPE = 0x01;
const PAYLOAD = 0x02;
/** A frame's length, its type and its flags. */
const HEAD_BYTES = 6;

/** A frame is `u32` length, `u8` type, `u8` flags, text topic, text correlationId, and the rest; so is a reply's. */
export function respondInBinary(topic: string, payload: string, contentType: string | undefined): Respond {
  const flags = PAYLOAD | (contentType === undefined ? 0 : CONTENT_TYPE);
  const type = contentType === undefined ? '' : `${String.fromCharCode(contentType.length)}${contentType}`;
  // Without an id, and with a length that is written when it is known.
  const writer = new ReplyWriter(Buffer.from([0, 0, 0, 0, REPLY, 0, flags]), `${type}${payload}`);
  return responder(writer, (bytes, at) => {
    const id = at + HEAD_BYTES + 1 + topic.length;
    if (bytes.length <= id) return 0;
    if (bytes[at + 4] !== FORWARDED_REQUEST) throw new Error(`the broker sent ${excerpt(bytes, at)}`);
    const end = id + 1 + bytes[id];
    if (bytes.length < end) return 0;
    const reply = writer.add(bytes, id, end);
    reply.writeUInt32LE(reply.length - 4);
    return 4 + bytes.readUInt32LE(at);
  });
}

/** Replies when the beginning of a request has come that names it: it says nothing more that a reply needs. */
function responder(writer: ReplyWriter, begin: (bytes: Buffer, at: number) => number): Respond {
  const walk = new RecordWalk(begin, () => undefined);
  return (chunk) => {
    walk.walk(chunk);
    return writer.take();
  };
}
