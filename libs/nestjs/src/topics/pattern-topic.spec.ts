import { validateTopicName } from '@pochta/protocol';
import { patternTopic } from './pattern-topic';

it('leaves text as it is', () => {
  for (const topic of ['orders.created', 'orders.*', '${region}.orders', '{braces}.x'])
    expect(patternTopic(topic)).toBe(topic);
});

it('makes a topic of any object, one for each', () => {
  const values = [
    'sum',
    'get all',
    'a.b',
    'a..b',
    'a%2Eb',
    '*',
    '>',
    'tab\there',
    '\u00a0',
    '\ud800',
    'č',
    '',
  ];
  const topics = values.map((cmd) => patternTopic(`{"cmd":"${cmd}"}`));
  expect(topics[0]).toBe('{"cmd":"sum"}');
  expect(topics.map(validateTopicName)).toEqual(values.map(() => undefined));
  expect(new Set(topics).size).toBe(values.length);
});
