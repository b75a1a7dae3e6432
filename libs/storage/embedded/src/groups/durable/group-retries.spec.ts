import type { Medium, TopicRecord } from '../../medium';
import { numberIn, RecordSpace, SPACE } from '../../records/record-space';
import { encodeRetry } from './group-record';
import { GroupRetries } from './group-retries';

const COUNT = 2500;
const RETRY = { failures: 1, due: 2, wait: 3 };
/** Sequences of those that are there. */
let records: Set<number>;
let listed: number[];
let lookedUp: number;
let space: RecordSpace;
let retries: GroupRetries;

beforeEach(() => {
  listed = [];
  records = new Set(Array.from({ length: COUNT }, (_, index) => index + 1));
  lookedUp = 0;
  const value = encodeRetry(RETRY);
  const medium = {
    record: (_: TopicRecord, key: Buffer) => {
      lookedUp++;
      const sequence = numberIn(key.subarray(5), 1);
      return records.has(sequence) ? value : undefined;
    },
    records: (_: TopicRecord, from: Buffer, to: Buffer, limit = Infinity) => {
      const [first, behind] = [from, to].map((key) => numberIn(key.subarray(5), 1));
      const end = behind === 0 ? COUNT + 1 : Math.min(behind, COUNT + 1);
      const found: [Buffer, Buffer][] = [];
      for (let at = Math.max(1, first); at < end && found.length < limit; at++) {
        if (!records.has(at)) continue;
        const key = Buffer.from(from);
        key.writeUInt32BE(at, key.length - 4);
        found.push([key, value]);
      }
      listed.push(found.length);
      return found;
    },
  } as unknown as Medium;
  space = new RecordSpace(medium, { key: 1 } as TopicRecord, SPACE.retries);
  retries = new GroupRetries(space, 7, COUNT);
});

test('their number is known before any is read, and they are read in pages', () => {
  expect([retries.size, listed, lookedUp]).toEqual([COUNT, [], 0]);
  const sequences = [...retries.read()].map(([sequence]) => sequence);
  expect(sequences).toEqual(Array.from({ length: COUNT }, (_, index) => index + 1));
  expect(listed).toEqual([1000, 1000, 500, 0]);
});

test.each([true, false])('are counted as they come and go, whether they were read or not: %s', (areRead) => {
  if (areRead) expect([...retries.read()]).toHaveLength(COUNT);
  retries.put(1, RETRY);
  retries.put(COUNT + 1, RETRY);
  retries.forget(2, 3);
  retries.forget(2, 12);
  retries.forget(COUNT + 5, COUNT + 100_000);
  expect([retries.size, retries.stagedSize]).toEqual([COUNT, COUNT - 9]);
  retries.rollback();
  space.dropStaged();
  expect([retries.size, retries.stagedSize]).toEqual([COUNT, COUNT]);
  retries.forget(1, 100_000);
  expect([retries.size, retries.stagedSize]).toEqual([COUNT, 0]);
});

test('are not looked up once they are read', () => {
  expect([...retries.read()]).toHaveLength(COUNT);
  for (let sequence = 1; sequence <= 100; sequence++) retries.forget(sequence, sequence + 1);
  retries.advance();
  retries.put(1, RETRY);
  expect([retries.stagedSize, lookedUp]).toEqual([COUNT - 99, 0]);
});

test('are left behind all at once', () => {
  retries.put(3, RETRY);
  expect([retries.leave(9), retries.number, retries.stagedSize]).toEqual([7, 9, 0]);
  retries.put(3, RETRY);
  expect([retries.stagedSize, retries.size]).toEqual([1, COUNT]);
  retries.advance();
  expect([retries.stagedSize, retries.size, listed]).toEqual([1, 1, []]);
});

test('what goes while they are read is not found any more', () => {
  const found: number[] = [];
  for (const [sequence] of retries.read()) {
    found.push(sequence);
    if (sequence === 10) {
      retries.forget(5, 20);
      for (let gone = 5; gone < 20; gone++) records.delete(gone);
      retries.advance();
      space.dropStaged();
    }
    if (sequence === 30) {
      retries.leave(9);
      retries.advance();
    }
  }
  const expected = Array.from({ length: 30 }, (_, index) => index + 1);
  expect(found).toEqual(expected.filter((sequence) => sequence <= 10 || sequence >= 20));
  expect(retries.size).toBe(0);
});
