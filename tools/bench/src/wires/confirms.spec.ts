import { payloadOf } from '../cases';
import { WIRES, type WireName } from './wires';

const TRAFFIC = { topic: 'bench', payload: payloadOf(100), burst: 3, subscribers: 0, limit: 1000 };

const confirmsOf = (wire: WireName) => WIRES[wire].publisher(TRAFFIC).confirms!;

/** As RabbitMQ sends them: `basic.ack`, or `basic.nack`. */
function settled(tag: number, multiple: boolean, method = 80): Buffer {
  const frame = Buffer.from('01 0001 0000000d 003c 0000 00000000 00000000 00 ce'.replaceAll(' ', ''), 'hex');
  frame.writeUInt16BE(method, 9);
  frame.writeUInt32BE(tag, 15);
  frame[19] = multiple ? 1 : 0;
  return frame;
}

const JETSTREAM =
  'MSG _INBOX.bench 1  27\r\n{"stream":"bench", "seq":9}\r\nPING\r\n' +
  'MSG _INBOX.bench 1  28\r\n{"stream":"bench", "seq":10}\r\n';

const ANSWERS: readonly (readonly [wire: WireName, answers: Buffer, confirmed: number])[] = [
  ['redis: streams', Buffer.from('$15\r\n1795384953223-0\r\n$17\r\n1795384953223-123\r\n'), 2],
  ['jetstream', Buffer.from(JETSTREAM), 2],
  ['rabbitmq: quorum', Buffer.concat([settled(2, true), settled(3, false)]), 3],
  ['rabbitmq: classic', Buffer.concat([settled(2, false), settled(5, false), settled(3, true)]), 4],
  [
    'pochta: binary',
    Buffer.from('05000000 81 03000000 05000000 81 00010000'.replaceAll(' ', ''), 'hex'),
    259,
  ],
];

it.each(ANSWERS)(
  'counts what is confirmed, wherever the answers are cut (%s)',
  (wire, answers, confirmed) => {
    for (let cut = 0; cut <= answers.length; cut++) {
      const count = confirmsOf(wire);
      expect(count(answers.subarray(0, cut)) + count(answers.subarray(cut))).toBe(confirmed);
    }
  },
);

it('counts no publish twice when RabbitMQ confirms some ahead of others', () => {
  const count = confirmsOf('rabbitmq: quorum');
  const counts = [
    settled(4, false),
    settled(6, false),
    settled(4, true),
    settled(5, false),
    settled(7, true),
  ];
  expect(counts.map(count)).toEqual([1, 1, 3, 1, 1]);
});

const REFUSALS: readonly (readonly [wire: WireName, answer: Buffer])[] = [
  ['redis: streams', Buffer.from('-OOM command not allowed\r\n')],
  ['jetstream', Buffer.from('MSG _INBOX.bench 1 30\r\n{"error":{"code":503},"seq":0}\r\n')],
  ['jetstream', Buffer.from("-ERR 'Permissions Violation'\r\n")],
  ['rabbitmq: quorum', settled(1, false, 120)],
  ['pochta: binary', Buffer.from('19000000 85 00 00 0a544f5049435f46554c4c'.replaceAll(' ', ''), 'hex')],
];

it.each(REFUSALS)('ends the run when a message is refused (%s)', (wire, answer) => {
  expect(() => confirmsOf(wire)(answer)).toThrow(/answered|sent/);
});

it('waits until a peer has said that it is ready, wherever its answers are cut', () => {
  const stream = WIRES.jetstream.publisher(TRAFFIC).openings[1];
  const created = Buffer.from('PING\r\nMSG _INBOX.bench 1 8\r\n{"a":{}}\r\n');
  for (let cut = 0; cut < created.length; cut++)
    expect(stream.answered(created.subarray(0, cut))).toBe(false);
  expect(stream.answered(created)).toBe(true);
  expect(() => stream.answered(Buffer.from('MSG _INBOX.bench 1 14\r\n{"error":"no"}\r\n'))).toThrow('no');
  const selected = WIRES['rabbitmq: quorum'].publisher(TRAFFIC).openings.at(-1)!;
  const selectOk = Buffer.from('010001000000040055000bce', 'hex');
  for (let cut = 0; cut < selectOk.length; cut++)
    expect(selected.answered(selectOk.subarray(0, cut))).toBe(false);
  expect(selected.answered(selectOk)).toBe(true);
  expect(() => selected.answered(settled(1, false))).toThrow('RabbitMQ answered');
});
