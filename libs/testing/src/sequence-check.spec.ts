import { expectInOrder, SequenceCheck } from './sequence-check';

describe('the sequence check', () => {
  it('tells what is missing, repeated and late', () => {
    const check = new SequenceCheck();
    for (const number of [1, 2, 5, 4, 5, 7]) check.add(number);
    expect(check.report(1, 7)).toEqual({ count: 5, missing: [3, 6], repeated: [5], late: [4] });
  });

  it('is content with every number once and in order, and with nothing else', () => {
    expectInOrder([3, 4, 5], 3, 5);
    for (const wrong of [[3, 5], [3, 4, 4, 5], [4, 3, 5], [3, 4, 5, 6], []]) {
      expect(() => expectInOrder(wrong, 3, 5)).toThrow(/expected 3 to 5/);
    }
  });
});
