import {
  BinaryClientFrameEncoder,
  clientPreface,
  MessageBatch,
  type MessageAttributes,
} from '@pochta/protocol';
import { FrameWalk } from './frame-walk';
import type { Counter, Opening, Wire } from './wire';

/** Types of frames; docs/protocol.md, section 3. */
const CONFIRM = 0x81;
const PUSH = 0x82;
const ERROR = 0x85;
/** A broker's preface, before its first frame. */
const PREFACE_BYTES = 16;
const MAX_FRAME_BYTES = 1024 * 1024;

const encoder = new BinaryClientFrameEncoder({ maxFrameBytes: MAX_FRAME_BYTES });

/** One publish frame, or a few when they are many, with that many messages. Of JSON, unless a content type is given. */
export function publishFrames(topic: string, payload: string, count: number, contentType?: string): Buffer {
  const one = Buffer.from(payload);
  const ends = Uint32Array.from({ length: count }, (_, index) => (index + 1) * one.length);
  const attributes =
    contentType === undefined ? undefined : new Array<MessageAttributes>(count).fill({ contentType });
  const batch = new MessageBatch(count, Buffer.concat(new Array<Buffer>(count).fill(one)), ends, attributes);
  return Buffer.from(encoder.publishes(topic, batch));
}

/** Payloads are bytes that nobody looks at, as those of other brokers are. */
export const pochtaBinary: Wire = binaryOf('application/octet-stream');

/** Payloads are JSON, which the broker checks. */
export const pochtaBinaryJson: Wire = binaryOf(undefined);

function binaryOf(contentType: string | undefined): Wire {
  return {
    publisher: ({ topic, payload, burst }) => ({
      openings: [begin(encoder.frame({ action: 'ping' }))],
      burst: publishFrames(topic, payload, burst, contentType),
      confirms: counterOf(CONFIRM, (bytes, at) => bytes.readUInt32LE(at + 1)),
    }),
    subscriber: ({ topic }) => ({
      openings: [begin(encoder.frame({ action: 'subscribe', topic, from: 'new' }))],
      // type, flags, u32 count
      deliveries: counterOf(PUSH, (bytes, at) => bytes.readUInt32LE(at + 2)),
    }),
  };
}

/** The preface and one frame; answered by a preface and one frame. */
function begin(frame: Uint8Array): Opening {
  return {
    send: Buffer.concat([clientPreface(), frame]),
    answered(received) {
      const at = PREFACE_BYTES;
      if (received.length < at + 4 || received.length < at + 4 + received.readUInt32LE(at)) return false;
      if (received[at + 4] === ERROR) throw new Error(`the broker answered ${received.toString('latin1')}`);
      return true;
    },
  };
}

/** Adds up what the frames of that type say; any other frame is a failure of the run. */
function counterOf(type: number, count: (bytes: Buffer, at: number) => number): Counter {
  let sum = 0;
  const walk = new FrameWalk(6, (bytes, at, length) => {
    if (bytes[at] !== type)
      throw new Error(`the broker sent ${bytes.toString('latin1', at, Math.min(at + length, at + 200))}`);
    sum += count(bytes, at);
  });
  return (chunk) => {
    const before = sum;
    walk.walk(chunk);
    return sum - before;
  };
}
