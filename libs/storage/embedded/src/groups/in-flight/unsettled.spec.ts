import { MessageBatchBuilder, type StoredBatch } from '@pochta/protocol';
import { EmbeddedMember } from '../embedded-member';
import type { Dispatcher } from '../dispatcher';
import { collectGarbage } from './garbage.fixture';
import { Run } from './hold';
import { Unsettled } from './unsettled';
import { UnsettledTotal } from './unsettled-total';
import { Turns } from '../turns';

const member = new EmbeddedMember({} as Dispatcher, { onReady: () => undefined, onClosed: () => undefined });

function batchOf(firstSequence: number, count: number, priority = 0): StoredBatch {
  const builder = new MessageBatchBuilder();
  const payload = Buffer.from('1');
  for (let index = 0; index < count; index++) {
    // A text of its own for each message.
    const headers = { one: `${firstSequence + index}`.padEnd(1000, '.').toUpperCase() };
    builder.add(payload, 0, 1, { key: 'k', priority, headers });
  }
  return { topic: 'a', firstSequence, timestamp: 0, messages: builder.build() };
}

/** Messages 1 to `count` of one key: the first is in flight, all others are parked behind it. */
function parked(count: number): Unsettled {
  const unsettled = new Unsettled(new UnsettledTotal(Infinity, new Turns()));
  for (let from = 1; from <= count; from += 1000) {
    const batch = batchOf(from, Math.min(1000, count - from + 1), from === 1 ? 3 : 5);
    let at = from;
    if (from === 1) {
      at = unsettled.admit(batch, 1, 2);
      unsettled.handOut(1, 2, new Run(member, 0, 1000));
    }
    for (; at < from + batch.messages.count; at++) {
      const { key, priority } = batch.messages.attributes![at - from]!;
      unsettled.park(at, key!, priority!);
    }
  }
  return unsettled;
}

test('100,000 parked messages cost some MB, however large their headers are', () => {
  const before = collectGarbage();
  const unsettled = parked(100_000);
  const bytes = collectGarbage() - before;
  expect(unsettled).toMatchObject({ size: 100_000, waiting: 99_999, inFlight: 1 });
  expect(bytes).toBeLessThan(10_000_000);
});

test('what was parked has its priority when its turn comes', () => {
  const unsettled = parked(1001);
  unsettled.settle(1);
  expect(unsettled.turns.first()).toEqual({ sequence: 2, priority: 3 });
  for (let sequence = 3; sequence <= 1000; sequence++) unsettled.settle(sequence);
  unsettled.settle(2);
  expect(unsettled.turns.first()).toEqual({ sequence: 1001, priority: 5 });
  unsettled.settle(1001);
  expect([unsettled.turns.first(), unsettled.isBusy('k')]).toEqual([undefined, false]);
});

test('parked messages that are removed while the first of their key is in flight leave nothing behind', () => {
  const unsettled = parked(1);
  const before = collectGarbage();
  for (let sequence = 2; sequence < 1_000_000; sequence++) {
    unsettled.park(sequence, 'k', 0);
    unsettled.settle(sequence);
  }
  expect(collectGarbage() - before).toBeLessThan(1_000_000);
  unsettled.park(1_000_000, 'k', 0);
  unsettled.settle(1);
  expect(unsettled.turns.first()?.sequence).toBe(1_000_000);
});

test('messages that are removed before their turn leave nothing behind', () => {
  const unsettled = new Unsettled(new UnsettledTotal(Infinity, new Turns()));
  const before = collectGarbage();
  for (let sequence = 1; sequence < 1_000_000; sequence++) {
    unsettled.giveTurn(sequence, 1);
    unsettled.settle(sequence);
  }
  expect(collectGarbage() - before).toBeLessThan(1_000_000);
  expect([unsettled.turns.size, unsettled.turns.first()]).toEqual([0, undefined]);
});
