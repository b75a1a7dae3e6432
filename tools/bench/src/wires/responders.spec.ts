import { payloadOf } from '../cases';
import type { Traffic, Wire } from './wire';
import { WIRES, type WireName } from './wires';

const PAYLOAD = payloadOf(100);
const TRAFFIC: Traffic = { topic: 'sums', payload: PAYLOAD, burst: 2, subscribers: 0, limit: 0 };

const wireOf = (name: WireName): Wire => WIRES[name];

const line = (id: string) =>
  `{"type":"request","topic":"sums","correlationId":"${id}","message":${PAYLOAD}}\n`;
const reply = (id: string) => `{"action":"reply","correlationId":"${id}","message":${PAYLOAD}}\n`;

function frame(...parts: readonly (string | number)[]): string {
  const body = parts.map((part) => (typeof part === 'number' ? String.fromCharCode(part) : part)).join('');
  return `${String.fromCharCode(body.length)}\0\0\0${body}`;
}

const SAMPLES: readonly (readonly [wire: WireName, requests: string, replies: string])[] = [
  ['pochta: JSON lines', line('c9') + line('c10'), reply('c9') + reply('c10')],
  [
    'pochta: binary JSON',
    frame(0x86, 0, '\x04sums\x02c9', PAYLOAD) + frame(0x86, 0, '\x04sums\x03c10', PAYLOAD),
    frame(0x08, 0, 0x02, '\x02c9', PAYLOAD) + frame(0x08, 0, 0x02, '\x03c10', PAYLOAD),
  ],
  [
    'pochta: binary',
    frame(0x86, 1, '\x04sums\x02c9\x01x', PAYLOAD) + frame(0x86, 1, '\x04sums\x03c10\x01x', PAYLOAD),
    ['\x02c9', '\x03c10'].map((id) => frame(8, 0, 3, id, 24, 'application/octet-stream', PAYLOAD)).join(''),
  ],
  [
    'nats',
    `MSG sums 1 _INBOX.requester 100\r\n${PAYLOAD}\r\n`.repeat(2),
    `PUB _INBOX.requester 100\r\n${PAYLOAD}\r\n`.repeat(2),
  ],
];

it.each(SAMPLES)('replies once to each request, wherever they are cut (%s)', (wire, requests, replies) => {
  const bytes = Buffer.from(requests, 'latin1');
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { respond } = wireOf(wire).responder!(TRAFFIC);
    const said = [bytes.subarray(0, cut), bytes.subarray(cut)].map((chunk) => {
      const answer = respond(chunk);
      return answer === undefined ? '' : Buffer.from(answer).toString('latin1');
    });
    expect(said.join('')).toBe(replies);
  }
});

it.each<[WireName, string]>([
  ['pochta: JSON lines', '{"type":"cancel","correlationId":"c1"}\n'],
  ['pochta: binary', frame(0x87, '\x0ac123456789')],
  ['nats', "-ERR 'Slow Consumer'\r\n"],
])('ends the run when a responder is sent something else (%s)', (wire, sent) => {
  expect(() => wireOf(wire).responder!(TRAFFIC).respond(Buffer.from(sent, 'latin1'))).toThrow('sent');
});

it.each<[WireName, string, string]>([
  [
    'pochta: JSON lines',
    `{"status":"success","message":${PAYLOAD}}\n`,
    '{"status":"error","message":"No responders","code":"NO_RESPONDERS"}\n',
  ],
  ['pochta: binary', frame(0x84, 0, 1, 1, 'x', PAYLOAD), frame(0x85, 0, 0, '\x01x')],
  ['nats', `MSG _INBOX.requester 1 100\r\n${PAYLOAD}\r\n`, "-ERR 'Slow Consumer'\r\n"],
])('counts the replies, wherever they are cut, and takes no error for one (%s)', (wire, answer, error) => {
  const bytes = Buffer.from(answer.repeat(3), 'latin1');
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { replies } = wireOf(wire).requester!(TRAFFIC);
    expect(replies(bytes.subarray(0, cut)) + replies(bytes.subarray(cut))).toBe(3);
  }
  expect(() => wireOf(wire).requester!(TRAFFIC).replies(Buffer.from(error, 'latin1'))).toThrow();
});
