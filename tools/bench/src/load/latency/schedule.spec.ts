import { microseconds } from './due-time';
import { keepSchedule } from './schedule';

it('takes each message as due by the schedule, also behind one that held up the sender', async () => {
  const due: number[] = [];
  const sent: number[] = [];
  const late = await keepSchedule({ perSecond: 1000, messages: 50 }, (time) => {
    due.push(time);
    sent.push(microseconds());
    if (due.length === 10) while (microseconds() < time + 20_000);
  });
  due.forEach((time, index) => expect(time - due[0]).toBeCloseTo(index * 1000, 3));
  sent.forEach((time, index) => expect(time).toBeGreaterThanOrEqual(due[index]));
  // The tenth was held up for 20 ms, so the eleventh, due 1 ms behind it, was at least 19 ms late.
  expect(late[10]).toBeGreaterThanOrEqual(18.9);
});
