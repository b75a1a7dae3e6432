import { NumberCheck, NumberedMessages } from './numbered';

const messages = (count: number) => {
  const numbered = new NumberedMessages(100);
  return Array.from({ length: count }, () => numbered.next());
};

it('makes JSON of exactly the size', () => {
  for (const message of messages(3)) expect(JSON.stringify(message)).toHaveLength(100);
});

it('finds out what is missing, comes again or is out of its order', () => {
  const [first, second, third] = messages(3);
  const problem = (...arrived: object[]) => {
    const check = new NumberCheck();
    for (const message of arrived) check.take(message);
    return check.problem;
  };
  expect(problem(first, second, third)).toBeUndefined();
  expect(problem(first, third)).toBe('message 2 came where 1 was due');
  expect(problem(first, first, second)).toBe('message 0 came where 1 was due');
  expect(problem(second, first)).toBe('message 1 came where 0 was due');
});
