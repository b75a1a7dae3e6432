import { MessageBatch } from '@pochta/protocol';
import type { LogEntry, LogReader } from '../src/message-store';
import { batchOf, numbered, readOn, RecordingListener, textsOf } from './store-fixture';

/** A stored batch of texts. */
const stored = (firstSequence: number, ...payloads: string[]) => ({
  topic: 't',
  firstSequence,
  timestamp: 0,
  messages: batchOf(payloads),
});

/** A reader that gives these pages, and then stands at the head. */
class ScriptedReader implements LogReader {
  readonly position = 0;

  constructor(private readonly pages: LogEntry[][]) {}

  fetch(): Promise<readonly LogEntry[]> {
    return Promise.resolve(this.pages.shift() ?? []);
  }

  close(): void {
    this.pages.length = 0;
  }
}

it('makes batches of texts, in their own bytes, and texts of batches', () => {
  const batch = batchOf(['α', '', 'bc'], ['1', undefined, '3']);
  expect(batch).toBeInstanceOf(MessageBatch);
  expect([...batch.ends]).toEqual([2, 2, 4]);
  expect(batch.messageIds).toEqual(['1', undefined, '3']);
  expect(textsOf([{ ...stored(1), messages: batch }, stored(4, 'd')])).toEqual(['α', '', 'bc', 'd']);
  expect(numbered(2, 'n')).toEqual(['n0', 'n1']);
});

it('reads on over holes, up to the first page without batches', async () => {
  const hole = { from: 1, to: 4, reason: 'overflow' } as const;
  const pages: LogEntry[][] = [[hole, stored(5, 'a', 'b')], [stored(7, 'c')], [], [stored(9, 'z')]];
  const { batches, holes } = await readOn(new ScriptedReader(pages));
  expect(textsOf(batches)).toEqual(['a', 'b', 'c']);
  expect(holes).toEqual([hole]);
});

it('records what a tail hears, in order', () => {
  const listener = new RecordingListener();
  listener.onCommit(stored(3, 'a', 'b'));
  listener.onRemoved(3, 'taken');
  listener.onDeleted();
  expect(listener.heard).toEqual(['3: a b', 'taken through 3', 'deleted']);
});
