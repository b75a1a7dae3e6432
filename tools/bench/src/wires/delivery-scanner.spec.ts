import { payloadOf } from '../cases';
import { DeliveryScanner } from './delivery-scanner';
import { groupTexts } from './pochta-json-lines';

const TEXTS = groupTexts('jobs', payloadOf(100));

const delivery = (sequence: number) =>
  `${TEXTS.delivery}"subscription":"s1","group":"workers","sequence":${sequence},"timestamp":1700000000000,"deliveryCount":1}\n`;

const ackOf = (...sequences: number[]) => `${TEXTS.ackHead}${sequences.join(',')}${TEXTS.ackTail}`;

it('makes one ack of a chunk', () => {
  const { delivered, send } = new DeliveryScanner(TEXTS).take(
    Buffer.from(delivery(1) + delivery(2) + delivery(3)),
  );
  expect(delivered).toBe(3);
  expect(send?.toString()).toBe(ackOf(1, 2, 3));
});

it.each([
  ['a message lost', delivery(1) + delivery(3), 'sequence 3 was delivered after 1'],
  ['a message that comes again', delivery(1) + delivery(1), 'sequence 1 was delivered after 1'],
  [
    'a gap',
    '{"type":"gap","topic":"jobs","from":1,"to":2,"reason":"overflow"}\n',
    'unexpected: {"type":"gap"',
  ],
  ['an error', '{"status":"error","message":"No","code":"NOT_IN_FLIGHT"}\n', 'NOT_IN_FLIGHT'],
  ['an answer to no ack', TEXTS.acked, 'not sent'],
])('refuses %s', (_, text, complaint) => {
  expect(() => new DeliveryScanner(TEXTS).take(Buffer.from(text))).toThrow(complaint);
});
