import { payloadOf } from '../cases';
import { command } from './redis-pub-sub';
import { groupTexts } from './pochta-json-lines';
import type { MemberSide, Traffic, Wire } from './wire';
import { WIRES, type WireName } from './wires';

const PAYLOAD = payloadOf(100);
const TRAFFIC: Traffic = { topic: 'jobs', payload: PAYLOAD, burst: 3, subscribers: 0, limit: 1000 };
const PREFETCH = 4;

function memberOf(name: WireName): MemberSide {
  const wire: Wire = WIRES[name];
  return wire.member!(TRAFFIC, PREFETCH);
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

function bytes(...parts: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

function u32(value: number): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32LE(value);
  return number;
}

/** Messages from the 300th on, as Pochta pushes them to a member. */
function pushes(count: number, first = 300): Buffer {
  const ends = Array.from({ length: count }, (_, index) => u32((index + 1) * PAYLOAD.length));
  const meta = [hex(first === 300 ? 'ac02 80d095ffbc31' : 'ae02 80d095ffbc31'), '\x01e\x01s'];
  const head = ['\x04jobs', ...meta, '\x07workers\x01'];
  const body = bytes(hex('82 0c'), u32(count), ...head, ...ends, PAYLOAD.repeat(count));
  return bytes(u32(body.length), body);
}

const subscribedJson = '{"status":"success","message":"Subscribed","subscription":"s1"}';
const acknowledged = hex('03000000 83 00 03');

const entry = (id: string) => `*2\r\n$${id.length}\r\n${id}\r\n${command('m', PAYLOAD)}`;
const entries = (...ids: readonly string[]) =>
  `*1\r\n*2\r\n$4\r\njobs\r\n*${ids.length}\r\n${ids.map(entry).join('')}`;

const subject = (number: number) => `$JS.ACK.jobs.workers.1.${number}.${number}.1795384950029184262.2`;
const delivered = (number: number) => `MSG jobs 2 ${subject(number)} 100\r\n${PAYLOAD}\r\n`;

/** As RabbitMQ delivers it to the consumer `bench`: a method, a header and a body. */
function amqpDelivery(tag: number, redelivered = 0): Buffer {
  const method = hex(`003c003c 05 62656e6368 ${tag.toString(16).padStart(16, '0')} 0${redelivered} 00 04`);
  const frame = (type: number, held: Buffer) =>
    bytes(Buffer.from([type, 0, 1, 0, 0, 0, held.length]), held, Buffer.from([0xce]));
  const header = hex('003c 0000 0000000000000064 1000 02');
  return bytes(frame(1, bytes(method, 'jobs')), frame(2, header), frame(3, Buffer.from(PAYLOAD)));
}
const consumeOk = hex('01 0001 0000000a 003c0015 05 62656e6368 ce');

const json = groupTexts('jobs', PAYLOAD);
const jsonDelivery = (sequence: number) =>
  `${json.delivery}"subscription":"s1","group":"workers","sequence":${sequence},"deliveryCount":1}\n`;

interface Sample {
  readonly wire: WireName;
  /** What it is sent, up to where an ack is needed, and from there on. */
  readonly first: Buffer;
  readonly second: Buffer;
  readonly settled: number;
  /** What it says when both come in a chunk each. */
  readonly says: readonly [string, string];
}

const read = Buffer.from(memberOf('redis: streams').begin).toString('latin1');
const pull = 'PUB $JS.API.CONSUMER.MSG.NEXT.jobs.workers _INBOX.deliveries 11\r\n{"batch":2}\r\n';
const jetstreamAck = (number: number) => `PUB ${subject(number)} 0\r\n\r\n`;
const ackUpTo = (tag: number) =>
  hex(`01 0001 0000000d 003c0050 ${tag.toString(16).padStart(16, '0')} 01 ce`).toString('latin1');
const binaryAck = (range: string) =>
  bytes(hex('13000000 02 00'), '\x04jobs\x07workers', hex(`01 ${range}`)).toString('latin1');

const SAMPLES: readonly Sample[] = [
  {
    wire: 'pochta: JSON lines',
    first: bytes(`${json.subscribed}}\n`, jsonDelivery(9), jsonDelivery(10)),
    second: bytes(json.acked, jsonDelivery(11)),
    settled: 2,
    says: [`${json.ackHead}9,10${json.ackTail}`, `${json.ackHead}11${json.ackTail}`],
  },
  {
    wire: 'pochta: binary',
    first: bytes(u32(subscribedJson.length), subscribedJson, pushes(2)),
    second: bytes(acknowledged, pushes(1, 302)),
    settled: 2,
    says: [binaryAck('ac02 01'), binaryAck('ae02 00')],
  },
  {
    wire: 'redis: streams',
    first: bytes(entries('1795384953223-0', '1795384953223-10')),
    second: bytes(':2\r\n', entries('1795384953224-0')),
    settled: 2,
    says: [
      command('XACK', 'jobs', 'workers', '1795384953223-0', '1795384953223-10') + read,
      command('XACK', 'jobs', 'workers', '1795384953224-0') + read,
    ],
  },
  {
    wire: 'jetstream',
    first: bytes('PING\r\n', delivered(9), delivered(10)),
    second: bytes(delivered(11)),
    settled: 0,
    says: [jetstreamAck(9) + jetstreamAck(10) + pull, jetstreamAck(11)],
  },
  {
    wire: 'jetstream: ack all',
    first: bytes(delivered(9), delivered(10)),
    second: bytes(delivered(11)),
    settled: 0,
    says: [jetstreamAck(10) + pull, jetstreamAck(11)],
  },
  {
    wire: 'rabbitmq: quorum',
    first: bytes(consumeOk, amqpDelivery(1), amqpDelivery(2)),
    second: amqpDelivery(3),
    settled: 0,
    says: [ackUpTo(2), ackUpTo(3)],
  },
];

it.each(SAMPLES)('acks what has come, and says what it needs for more ($wire)', (sample) => {
  const member = memberOf(sample.wire);
  const answers = [sample.first, sample.second].map((chunk) => member.take(chunk));
  expect(answers.map((answer) => answer.delivered)).toEqual([2, 1]);
  expect(answers.map(({ send }) => Buffer.from(send!).toString('latin1'))).toEqual(sample.says);
  expect(answers.map((answer) => answer.settled)).toEqual([0, sample.settled]);
});

it.each(SAMPLES)('loses and repeats nothing, wherever what it is sent is cut ($wire)', (sample) => {
  for (let cut = 0; cut <= sample.first.length; cut++) {
    const member = memberOf(sample.wire);
    const chunks = [sample.first.subarray(0, cut), sample.first.subarray(cut)];
    const answers = chunks.map((chunk) => member.take(chunk));
    expect(answers[0].delivered + answers[1].delivered).toBe(2);
    for (const { delivered: count, send } of answers) expect(send === undefined).toBe(count === 0);
  }
});

it.each<[WireName, Buffer]>([
  ['pochta: binary', bytes(pushes(1), pushes(1))],
  ['pochta: binary', bytes(pushes(1), pushes(1, 302))],
  ['pochta: binary', hex('08000000 85 00 00 0141 024e6f')],
  ['pochta: binary', bytes(u32(13), '{"type":"gap"')],
  ['pochta: binary', acknowledged],
  ['redis: streams', bytes('-NOGROUP No such key\r\n')],
  ['redis: streams', bytes(':1\r\n')],
  ['jetstream', bytes(delivered(9), delivered(11))],
  ['jetstream', bytes(delivered(9).replace('workers.1.', 'workers.2.'))],
  ['jetstream', bytes("-ERR 'Slow Consumer'\r\n")],
  ['rabbitmq: quorum', bytes(amqpDelivery(1), amqpDelivery(3))],
  ['rabbitmq: quorum', amqpDelivery(1, 1)],
  ['rabbitmq: quorum', hex('01 0001 0000000b 00140028 0194 02 6e6f 000000 ce')],
])('ends the run when a message is lost or comes again, or something else comes (%s, %#)', (wire, sent) => {
  expect(() => memberOf(wire).take(sent)).toThrow();
});
