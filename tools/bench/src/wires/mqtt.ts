/**
 * MQTT 3.1.1 at QoS 0, as much of it as clients of the bench say. A packet is `u8` type and flags, the number of bytes
 * that follow in 7 bits a byte, the lowest first, and these; a text has its length in a big-endian `u16` before it.
 */
import { recordCounter } from './record-walk';
import { excerpt, type Counter, type Opening, type Wire } from './wire';

const CONNECT = 0x10;
const CONNACK = 0x20;
const PUBLISH = 0x30;
const SUBSCRIBE = 0x82;
const SUBACK = 0x90;
/** Of MQTT 3.1.1. */
const LEVEL = 4;
const CLEAN_SESSION = 2;

export const mqtt: Wire = {
  publisher: ({ topic, payload, burst }) => ({
    openings: [connect()],
    burst: Buffer.concat(new Array<Buffer>(burst).fill(publish(topic, payload))),
  }),
  subscriber: ({ topic, payload }) => ({
    // The id of the packet, and the QoS behind the topic.
    openings: [connect(), answered(packet(SUBSCRIBE, u16(1), text(topic), Buffer.from([0])), SUBACK, 5)],
    deliveries: deliveries(publish(topic, payload).length),
  }),
};

/** No keep-alive; the server chooses the client's name. */
function connect(): Opening {
  const settings = Buffer.from([LEVEL, CLEAN_SESSION, 0, 0]);
  return answered(packet(CONNECT, text('MQTT'), settings, text('')), CONNACK, 4);
}

/** By a packet of so many bytes, the last of which is 0 when all is well: the code of a connect, the QoS of a subscribe. */
function answered(send: Buffer, type: number, length: number): Opening {
  return {
    send,
    answered(received) {
      if (received.length < length) return false;
      if (received[0] !== type || received[length - 1] !== 0)
        throw new Error(`the server answered ${received.toString('hex')}`);
      return true;
    },
  };
}

/** At QoS 0 a message comes as it was sent. */
function deliveries(length: number): Counter {
  return recordCounter((bytes, at, stands) => {
    if (bytes[at] !== PUBLISH) throw new Error(`the server sent ${excerpt(bytes, at)}`);
    stands(1);
    return length;
  });
}

const publish = (topic: string, payload: string) => packet(PUBLISH, text(topic), Buffer.from(payload));

function packet(type: number, ...parts: readonly Buffer[]): Buffer {
  const held = Buffer.concat(parts);
  const length = [];
  let rest = held.length;
  for (; rest >= 0x80; rest >>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([type, ...length, rest]), held]);
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function text(value: string): Buffer {
  return Buffer.concat([u16(value.length), Buffer.from(value)]);
}
