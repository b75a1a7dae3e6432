import { AnswerQueue } from './answer-queue';
import { AnswerSlot } from './slots';

describe('AnswerQueue', () => {
  it('lets answers leave in the order of their requests, whichever is ready first', () => {
    const queue = new AnswerQueue();
    const left: number[] = [];
    const slots = Array.from({ length: 5000 }, () => new AnswerSlot(3));
    for (const slot of slots) queue.open(slot);
    expect(queue.cost).toBe(15_000);
    // Every order of filling must do; this one goes back and forth.
    const order = slots.map((_, index) => (index % 2 === 0 ? index : slots.length - index));
    for (const index of order) {
      slots[index].fill(() => left.push(index));
      queue.release();
    }
    expect(left).toEqual(slots.map((_, index) => index));
    expect([queue.cost, queue.empty]).toEqual([0, true]);
  });

  it('goes on with what became ready while another left', () => {
    const queue = new AnswerQueue();
    const left: number[] = [];
    const [first, second] = [new AnswerSlot(1), new AnswerSlot(1)];
    queue.open(first);
    queue.open(second);
    first.fill(() => {
      left.push(1);
      second.fill(() => left.push(2));
      queue.release();
    });
    queue.release();
    expect(left).toEqual([1, 2]);
  });
});
