import { payloadOf } from '../cases';
import { groupForm } from '../contenders/pochta';
import { DeliveryScanner } from './delivery-scanner';

const FORM = groupForm('jobs', payloadOf(100), 10);

const delivery = (sequence: number) =>
  `${FORM.delivery}"subscription":"s1","group":"workers","sequence":${sequence},"timestamp":1700000000000,"deliveryCount":1}\n`;

const ackOf = (...sequences: number[]) => `${FORM.ackHead}${sequences.join(',')}${FORM.ackTail}`;

it('acks each message once, wherever what it is sent was cut', () => {
  const subscribed = `${FORM.subscribed},"subscription":"s1","epoch":"e1"}\n`;
  const bytes = Buffer.from(subscribed + delivery(9) + FORM.acked + delivery(10) + delivery(11));
  for (let cut = 0; cut <= bytes.length; cut++) {
    const scanner = new DeliveryScanner(FORM);
    const acks = [bytes.subarray(0, cut), bytes.subarray(cut)].map((chunk) => {
      const { count, ack } = scanner.scan(chunk);
      return { count, ack: ack.toString() };
    });
    const sequences = acks.flatMap(({ count, ack }) => {
      const found = (JSON.parse(ack) as { sequences: number[] }).sequences;
      expect(found).toHaveLength(count);
      return found;
    });
    expect(sequences).toEqual([9, 10, 11]);
    expect(scanner).toMatchObject({ subscribed: true, acksAnswered: 1 });
  }
});

it('makes one ack of a chunk', () => {
  const { count, ack } = new DeliveryScanner(FORM).scan(Buffer.from(delivery(1) + delivery(2) + delivery(3)));
  expect(count).toBe(3);
  expect(ack.toString()).toBe(ackOf(1, 2, 3));
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
])('refuses %s', (_, text, complaint) => {
  expect(() => new DeliveryScanner(FORM).scan(Buffer.from(text))).toThrow(complaint);
});
