/**
 * AMQP 0-9-1, as much of it as clients of the bench say: its specification has every method's number and arguments.
 * A frame is `u8` type, `u16` channel, `u32` size, so many bytes, and the octet 0xCE; integers are big-endian.
 */
import { excerpt, type Opening } from './wire';

const METHOD = 1;
const HEADER = 2;
const BODY = 3;
const FRAME_END = 0xce;
/** In front of what a frame holds. */
export const FRAME_HEAD_BYTES = 7;
/** And of the class and the method of one that holds a method. */
const METHOD_BYTES = FRAME_HEAD_BYTES + 4;
const CHANNEL = 1;
/** No frame of the bench is longer. */
const MAX_FRAME_BYTES = 131_072;

/** The class of what is done with messages; it names their headers too. */
const BASIC = 60;
const DELIVERY_MODE = 0x1000;
const PERSISTENT = 2;

/** A method by the numbers of its class and of itself. */
export type MethodName = readonly [classId: number, methodId: number];

export const ACK: MethodName = [BASIC, 80];
export const DELIVER: MethodName = [BASIC, 60];
export const CONSUME_OK: MethodName = [BASIC, 21];

export function method([classId, methodId]: MethodName, channel: number, ...args: readonly Buffer[]): Buffer {
  return frame(METHOD, channel, u16(classId), u16(methodId), ...args);
}

/** A message as it is published: its method, its header and its body. */
export function publishFrames(exchange: string, key: string, payload: string, persistent: boolean): Buffer {
  const body = Buffer.from(payload);
  const header = [u16(BASIC), u16(0), u32(0), u32(body.length)];
  const properties = persistent ? [u16(DELIVERY_MODE), u8(PERSISTENT)] : [u16(0)];
  return Buffer.concat([
    method([BASIC, 40], CHANNEL, u16(0), shortText(exchange), shortText(key), u8(0)),
    frame(HEADER, CHANNEL, ...header, ...properties),
    frame(BODY, CHANNEL, body),
  ]);
}

/** A connection as the user that every installation has, and one channel of it. */
export function channelOpenings(): readonly Opening[] {
  const name = longText('\0guest\0guest');
  const tuned = method([10, 31], 0, u16(CHANNEL), u32(MAX_FRAME_BYTES), u16(0));
  return [
    answeredBy(Buffer.from('AMQP\0\0\x09\x01', 'latin1'), [10, 10]),
    answeredBy(method([10, 11], 0, table({}), shortText('PLAIN'), name, shortText('en_US')), [10, 30]),
    // The answer to what it is tuned to is none; no heartbeats.
    answeredBy(Buffer.concat([tuned, method([10, 40], 0, shortText('/'), shortText(''), u8(0))]), [10, 41]),
    answeredBy(method([20, 10], CHANNEL, shortText('')), [20, 11]),
  ];
}

export const confirmSelect = () => answeredBy(method([85, 10], CHANNEL, u8(0)), [85, 11]);

/** Bits of how a queue is declared. */
export const DURABLE = 2;
export const EXCLUSIVE = 4;

export function declareQueue(queue: string, bits: number, args: Readonly<Record<string, string | number>>) {
  return answeredBy(method([50, 10], CHANNEL, u16(0), shortText(queue), u8(bits), table(args)), [50, 11]);
}

export function declareExchange(exchange: string, type: string) {
  const args = [u16(0), shortText(exchange), shortText(type), u8(0), table({})];
  return answeredBy(method([40, 10], CHANNEL, ...args), [40, 11]);
}

export function bindQueue(queue: string, exchange: string) {
  const args = [u16(0), shortText(queue), shortText(exchange), shortText(''), u8(0), table({})];
  return answeredBy(method([50, 20], CHANNEL, ...args), [50, 21]);
}

export const prefetchOf = (count: number) =>
  answeredBy(method([BASIC, 10], CHANNEL, u32(0), u16(count), u8(0)), [BASIC, 11]);

/** Deliveries may come with the answer, which is `CONSUME_OK`. */
export function consume(queue: string, consumer: string, noAck: boolean): Buffer {
  const args = [u16(0), shortText(queue), shortText(consumer), u8(noAck ? 2 : 0), table({})];
  return method([BASIC, 20], CHANNEL, ...args);
}

/** Of all deliveries up to that one. */
export function ackUpTo(deliveryTag: number): Buffer {
  return method(ACK, CHANNEL, u32(0), u32(deliveryTag), u8(1));
}

/** Answered by one frame, of that method. */
export function answeredBy(send: Buffer, expected: MethodName): Opening {
  return {
    send,
    answered(received) {
      if (received.length < METHOD_BYTES || received.length < frameBytes(received, 0)) return false;
      if (!isMethod(received, 0, expected)) throw new Error(`RabbitMQ answered ${excerpt(received, 0)}`);
      return true;
    },
  };
}

/** Bytes of the frame that begins there; its head has to be there. */
export function frameBytes(bytes: Buffer, at: number): number {
  return FRAME_HEAD_BYTES + bytes.readUInt32BE(at + 3) + 1;
}

export const isOfMethod = (bytes: Buffer, at: number) => bytes[at] === METHOD;
export const isBody = (bytes: Buffer, at: number) => bytes[at] === BODY;

/** The frame's head, and the numbers of a method, have to be there. */
export function isMethod(bytes: Buffer, at: number, [classId, methodId]: MethodName): boolean {
  const own = at + FRAME_HEAD_BYTES;
  return (
    bytes[at] === METHOD && bytes.readUInt16BE(own) === classId && bytes.readUInt16BE(own + 2) === methodId
  );
}

/** Bytes of a frame that hold an answer to a publish: its method, `u64` delivery tag, `u8` bits. */
export const SETTLEMENT_BYTES = METHOD_BYTES + 9;

/** Which publish it is the answer to, counted from 1, and whether all before it as well. */
export function settlement(bytes: Buffer, at: number): { readonly tag: number; readonly multiple: boolean } {
  const own = at + METHOD_BYTES;
  return { tag: u64(bytes, own), multiple: (bytes[own + 8] & 1) === 1 };
}

/** A delivery's method as far as its bit, without the consumer's name: a `u8` of its length, `u64` tag, `u8`. */
export const DELIVERY_BYTES = METHOD_BYTES + 10;

/** Which of the channel's deliveries it is, counted from 1. */
export function delivery(bytes: Buffer, at: number): { readonly tag: number; readonly redelivered: boolean } {
  const own = at + METHOD_BYTES + 1 + bytes[at + METHOD_BYTES];
  return { tag: u64(bytes, own), redelivered: bytes[own + 8] !== 0 };
}

const u64 = (bytes: Buffer, at: number) => bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);

function frame(type: number, channel: number, ...parts: readonly Buffer[]): Buffer {
  const held = Buffer.concat(parts);
  return Buffer.concat([u8(type), u16(channel), u32(held.length), held, u8(FRAME_END)]);
}

const u8 = (value: number) => Buffer.from([value]);

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function shortText(text: string): Buffer {
  return Buffer.concat([u8(text.length), Buffer.from(text)]);
}

function longText(text: string): Buffer {
  return Buffer.concat([u32(text.length), Buffer.from(text)]);
}

/** A text is `S` and its bytes, a number `I` and a `u32`. */
function table(entries: Readonly<Record<string, string | number>>): Buffer {
  const parts = Object.entries(entries).flatMap(([name, value]) => [
    shortText(name),
    ...(typeof value === 'number' ? [Buffer.from('I'), u32(value)] : [Buffer.from('S'), longText(value)]),
  ]);
  const bytes = Buffer.concat(parts);
  return Buffer.concat([u32(bytes.length), bytes]);
}
