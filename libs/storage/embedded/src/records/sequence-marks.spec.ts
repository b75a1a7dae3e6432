import type { Medium, MediumChanges, TopicRecord } from '../medium';
import { RecordSpace, SPACE } from './record-space';
import { SequenceMarks } from './sequence-marks';

const TOPIC = { key: 1, name: 'a' } as TopicRecord;
const LAST = 300_000;

/** Keeps records, and counts how many are read. */
class Records {
  readonly held = new Map<string, Buffer>();
  read = 0;

  readonly medium = {
    record: (_: TopicRecord, key: Buffer) => {
      this.read++;
      return this.held.get(key.toString('latin1'));
    },
    records: (_: TopicRecord, from: Buffer, to: Buffer, limit = Infinity) => {
      const [low, high] = [from.toString('latin1'), to.toString('latin1')];
      const names = [...this.held.keys()].filter((name) => name >= low && name < high).sort();
      const found = names.slice(0, limit).map((name) => [Buffer.from(name, 'latin1'), this.held.get(name)!]);
      this.read += found.length;
      return found;
    },
  } as unknown as Medium;

  readonly changes = {
    putRecord: (_: TopicRecord, key: Buffer, value: Buffer | undefined) => {
      if (value === undefined) this.held.delete(key.toString('latin1'));
      else this.held.set(key.toString('latin1'), value);
    },
  } as unknown as MediumChanges;
}

let records: Records;
let space: RecordSpace;
let marks: SequenceMarks;
let marked: number[];
beforeEach(() => {
  records = new Records();
  marked = Array.from({ length: LAST / 7 }, (_, index) => index * 7);
  load();
  for (const sequence of marked) marks.set(sequence, 1);
  commit();
  load();
});

/** As after a restart. */
function load(): void {
  records.read = 0;
  space = new RecordSpace(records.medium, TOPIC, SPACE.holes, () => 0);
  marks = new SequenceMarks(space);
}

function commit(): void {
  marks.seal();
  space.seal(records.changes);
  marks.advance();
  space.dropStaged();
}

const expected = (from: number) => marked.filter((sequence) => sequence >= from).length;

test('marks are counted from any sequence on, and each chunk is read once for all who ask', () => {
  const chunks = records.held.size;
  const asked = Array.from({ length: 900 }, (_, index) => LAST - 1 - index);
  for (const from of [0, 6, 7, 8, 1023, 1024, 1025, LAST - 1, LAST, ...asked]) {
    expect(marks.committedCountFrom(from)).toBe(expected(from));
  }
  expect(records.read).toBeLessThan(chunks + 10);
});

test('a count knows what is staged, what was committed since, and what was taken back', () => {
  expect(marks.countFrom(5000)).toBe(expected(5000));
  const before = expected(5000);
  for (const sequence of [5001, 5003, 200_003]) marks.set(sequence, 1);
  expect([marks.countFrom(5000), marks.committedCountFrom(5000)]).toEqual([before + 3, before]);
  expect(marks.countFrom(5002)).toBe(expected(5002) + 2);
  marks.rollback();
  expect(marks.countFrom(5000)).toBe(before);
  marks.set(200_003, 1);
  marks.set(200_004, 0);
  marks.set(200_011, 0);
  commit();
  marked = [...new Set([...marked, 200_003])].filter((one) => one !== 200_004 && one !== 200_011);
  for (const from of [5000, 199_000, 200_003, 200_005, 201_000]) {
    expect([marks.countFrom(from), marks.committedCountFrom(from)]).toEqual([expected(from), expected(from)]);
  }
});

test('a count goes on when earlier chunks are forgotten', () => {
  expect(marks.committedCountFrom(0)).toBe(expected(0));
  marks.forgetBelow(150_000);
  commit();
  expect(marks.committedCountFrom(150_000)).toBe(expected(150_000));
});
