import { storedNotes, storedOf } from './stored';

const run = (payloads: number, mebibytes: number, smallBlocks: number) => ({
  payloads,
  disk: { mebibytes, smallBlocks },
});

it('compares what is stored with what the disk takes in the same round', () => {
  const stored = storedOf([run(100e6, 300e6, 200e6), run(50e6, 100e6, 50e6), run(60e6, 200e6, 80e6)]);
  expect(stored).toMatchObject({
    payloads: { median: 60e6 },
    ofMebibytes: { median: 1 / 3, min: 0.3, max: 0.5 },
    ofSmallBlocks: { median: 0.75, min: 0.5, max: 1 },
  });
  expect(storedNotes([{ case: 'fan-out', contender: 'pochta: lmdb', stored }])).toEqual([
    'fan-out, pochta: lmdb: stores 60 MB/s of payloads, 0.33 of what the disk takes in flushed blocks of 1 MiB (200 MB/s), 0.75 of that in blocks of 64 KiB (80 MB/s)',
  ]);
});

it('says nothing of what is not stored', () => {
  expect(storedOf([undefined])).toBeUndefined();
  expect(storedNotes([{ case: 'fan-out', contender: 'pochta: memory' }])).toEqual([]);
});
