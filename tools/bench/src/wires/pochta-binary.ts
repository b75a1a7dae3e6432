import {
  BinaryClientFrameEncoder,
  clientPreface,
  MessageBatch,
  type MessageAttributes,
} from '@pochta/protocol';
import { BinaryDeliveries } from './binary-deliveries';
import { recordCounter } from './record-walk';
import { respondInBinary } from './responders';
import { excerpt, GROUP, type Counter, type Opening, type Wire } from './wire';

/** Types of frames; docs/protocol.md, section 3. */
const CONFIRM = 0x81;
const PUSH = 0x82;
const MESSAGE = 0x84;
const ERROR = 0x85;
/** Of an integer: a frame's length, which begins it, and the count of a confirm and of pushes. */
const U32_BYTES = 4;
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
      confirms: counterOf(CONFIRM, 1),
    }),
    subscriber: ({ topic }) => ({
      openings: [begin(encoder.frame({ action: 'subscribe', topic, from: 'new' }))],
      // Behind the type and the flags.
      deliveries: counterOf(PUSH, 2),
    }),
    member({ topic }, prefetch) {
      const deliveries = new BinaryDeliveries(topic);
      return {
        openings: [begin(encoder.frame({ action: 'ping' }))],
        begin: encoder.frame({ action: 'subscribe', topic, group: GROUP, prefetch }),
        answersAcks: true,
        take: (chunk) => deliveries.take(chunk),
      };
    },
    requester({ topic, payload, burst }) {
      const message = { bytes: Buffer.from(payload), contentType };
      const request = encoder.frame({ action: 'request', topic, message });
      return {
        openings: [begin(encoder.frame({ action: 'ping' }))],
        requests: Buffer.concat(new Array<Uint8Array>(burst).fill(request)),
        replies: replies(),
      };
    },
    responder: ({ topic, payload }) => ({
      openings: [begin(encoder.frame({ action: 'respond', topic }))],
      respond: respondInBinary(topic, payload, contentType),
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

/** Adds up the counts of frames of that type, so far behind their beginning; another frame is a failure of the run. */
function counterOf(type: number, offset: number): Counter {
  return recordCounter((bytes, at, stands) => {
    const frame = at + U32_BYTES;
    if (bytes.length < frame + offset + U32_BYTES) return 0;
    if (bytes[frame] !== type) throw new Error(`the broker sent ${excerpt(bytes, at)}`);
    stands(bytes.readUInt32LE(frame + offset));
    return U32_BYTES + bytes.readUInt32LE(at);
  });
}

/** A frame each. */
function replies(): Counter {
  return recordCounter((bytes, at, stands) => {
    if (bytes.length <= at + U32_BYTES) return 0;
    if (bytes[at + U32_BYTES] !== MESSAGE) throw new Error(`the broker sent ${excerpt(bytes, at)}`);
    stands(1);
    return U32_BYTES + bytes.readUInt32LE(at);
  });
}
