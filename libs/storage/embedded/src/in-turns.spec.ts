import { inTurns } from './in-turns';

test('long work lets others have their turn: all of it was done in one', async () => {
  let time = 0;
  const done: number[] = [];
  const work = (item: number): void => {
    time += 2;
    done.push(item);
  };
  const all = inTurns([1, 2, 3, 4, 5], work, () => time);
  expect(done).toEqual([1, 2, 3]);
  await all;
  expect(done).toEqual([1, 2, 3, 4, 5]);
});

test('what is thrown ends it', async () => {
  const work = (): void => {
    throw new Error('broken');
  };
  await expect(inTurns([1, 2], work)).rejects.toThrow('broken');
});
