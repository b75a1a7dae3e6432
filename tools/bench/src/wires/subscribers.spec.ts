import { payloadOf } from '../cases';
import type { Traffic, Wire } from './wire';
import { WIRES, type WireName } from './wires';

const PAYLOAD = payloadOf(200);
const TRAFFIC: Traffic = { topic: 'bench', payload: PAYLOAD, burst: 2, subscribers: 1, limit: 0 };

const wireOf = (name: WireName): Wire => WIRES[name];
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** As RabbitMQ delivers it to the consumer `bench`: a method, a header and a body. */
function amqpDelivery(tag: number): Buffer {
  const frame = (type: number, held: Buffer) =>
    Buffer.concat([Buffer.from([type, 0, 1, 0, 0, 0, held.length]), held, Buffer.from([0xce])]);
  const method = hex(`003c003c 05 62656e6368 ${tag.toString(16).padStart(16, '0')} 00 05 62656e6368 00`);
  const header = hex('003c 0000 00000000000000c8 0000');
  return Buffer.concat([frame(1, method), frame(2, header), frame(3, Buffer.from(PAYLOAD))]);
}

/** 207 bytes behind the length: that of the topic, the topic and the payload. */
const mqttMessage = Buffer.concat([hex('30 cf01 0005 62656e6368'), Buffer.from(PAYLOAD)]);

const SAMPLES: readonly (readonly [wire: WireName, sent: Buffer])[] = [
  ['mqtt', Buffer.concat([mqttMessage, mqttMessage])],
  ['rabbitmq: fan-out', Buffer.concat([amqpDelivery(1), amqpDelivery(2)])],
  ['nats', Buffer.from(`MSG bench 1 200\r\n${PAYLOAD}\r\nPING\r\nMSG bench 1 200\r\n${PAYLOAD}\r\n`)],
  ['redis: pub/sub', Buffer.from(`*3\r\n$7\r\nmessage\r\n$5\r\nbench\r\n$200\r\n${PAYLOAD}\r\n`.repeat(2))],
];

it.each(SAMPLES)('counts what is delivered, wherever it is cut (%s)', (wire, sent) => {
  for (let cut = 0; cut <= sent.length; cut++) {
    const { deliveries } = wireOf(wire).subscriber!(TRAFFIC);
    expect(deliveries(sent.subarray(0, cut)) + deliveries(sent.subarray(cut))).toBe(2);
  }
});

it.each<[WireName, Buffer]>([
  ['mqtt', hex('e0 00')],
  ['rabbitmq: fan-out', Buffer.concat([amqpDelivery(1), amqpDelivery(3)])],
  ['nats', Buffer.from("-ERR 'Slow Consumer'\r\n")],
])('ends the run when something else comes (%s)', (wire, sent) => {
  expect(() => wireOf(wire).subscriber!(TRAFFIC).deliveries(sent)).toThrow();
});

it('publishes by MQTT what is delivered by it', () => {
  expect(wireOf('mqtt').publisher(TRAFFIC).burst).toEqual(Buffer.concat([mqttMessage, mqttMessage]));
});

it('takes no refusal by an MQTT server for a subscription', () => {
  const [connected, subscribed] = wireOf('mqtt').subscriber!(TRAFFIC).openings;
  expect([hex('20'), hex('20020000')].map((answer) => connected.answered(answer))).toEqual([false, true]);
  expect([hex('9003'), hex('9003000100')].map((answer) => subscribed.answered(answer))).toEqual([
    false,
    true,
  ]);
  expect(() => connected.answered(hex('20020005'))).toThrow('20020005');
  expect(() => subscribed.answered(hex('9003000180'))).toThrow('9003000180');
});

it('gives each subscriber of a fanout exchange a queue of its own', () => {
  const declared = () => wireOf('rabbitmq: fan-out').subscriber!(TRAFFIC).openings.at(-3)!.send.toString();
  expect(declared()).not.toBe(declared());
});
